"""How tests are dealt to workers, what each starts from, and what is forgotten between groups."""

import gc
import sys

import pytest
from xdist.scheduler import LoadScopeScheduling


def group(nodeid):
    """A module; of the contract, which would fill a worker, the tests of one recipe."""
    path, _, test = nodeid.partition("::")
    if path.endswith("test_contract.py"):
        return test.rpartition("[")[2].rstrip("]").split("-")[-1]
    return path


class GroupScheduling(LoadScopeScheduling):
    """Gives all tests of a group to one worker."""

    def _split_scope(self, nodeid):
        return group(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """Groups in the place of the modules of `--dist loadscope`."""
    return GroupScheduling(config, log)


def pytest_collection_modifyitems(items):
    """Brings the tests of a group together, in the order of the groups' first tests."""
    places = {}
    for item in items:
        places.setdefault(group(item.nodeid), len(places))
    items.sort(key=lambda item: places[group(item.nodeid)])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Seeds what a test leaves unseeded: it does the same alone, in any order and on any worker."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)


def pytest_runtest_teardown(item, nextitem):
    """Frees the models and compiled graphs of a group, which would add up to gigabytes."""
    is_last = nextitem is None or group(item.nodeid) != group(nextitem.nodeid)
    if is_last and "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
        gc.collect()
        # Modules stay; every later search would look at their millions of objects again.
        gc.freeze()
