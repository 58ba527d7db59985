"""How tests are dealt to workers."""

import pytest


@pytest.hookimpl(tryfirst=True)  # before the workers number the tests
def pytest_collection_modifyitems(items):
    """A worker takes a module, or one recipe's part of the contract, which would fill a worker."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        is_contract = item.path.name == "test_contract.py" and "name" in parameters
        group = parameters["name"] if is_contract else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
