"""Physics-based LGE studies with known truth, seeded: the demo, the tests and the shippable training data."""

from ScarSegLogic.phantom.lv_files import truth_to_json, write_lv_phantom
from ScarSegLogic.phantom.lv_phantom import LVPhantom, LVPhantomConfig, make_lv_phantom
from ScarSegLogic.phantom.lv_truth import LVTruth

__all__ = ["LVPhantom", "LVPhantomConfig", "LVTruth", "make_lv_phantom", "truth_to_json", "write_lv_phantom"]
