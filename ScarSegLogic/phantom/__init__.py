"""Physics-based LGE studies with known truth, seeded: the demo, the tests and the shippable training data."""

from ScarSegLogic.phantom.la_config import LAPhantomConfig
from ScarSegLogic.phantom.la_files import la_truth_to_json, write_la_phantom
from ScarSegLogic.phantom.la_phantom import LAPhantom, make_la_phantom
from ScarSegLogic.phantom.la_truth import LATruth
from ScarSegLogic.phantom.lv_files import truth_to_json, write_lv_phantom
from ScarSegLogic.phantom.lv_phantom import LVPhantom, LVPhantomConfig, make_lv_phantom
from ScarSegLogic.phantom.lv_truth import LVTruth

__all__ = [
    "LAPhantom",
    "LAPhantomConfig",
    "LATruth",
    "LVPhantom",
    "LVPhantomConfig",
    "LVTruth",
    "la_truth_to_json",
    "make_la_phantom",
    "make_lv_phantom",
    "truth_to_json",
    "write_la_phantom",
    "write_lv_phantom",
]
