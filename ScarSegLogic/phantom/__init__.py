"""Physics-based LGE studies with known truth, seeded: the demo, the tests and the shippable training data."""

from ScarSegLogic.phantom.lv_phantom import LVPhantom, LVPhantomConfig, make_lv_phantom

__all__ = ["LVPhantom", "LVPhantomConfig", "make_lv_phantom"]
