"""Lists of arrays, and where these lie."""

import copy
import pickle

import numpy as np
import pytest

from chainrule.kernels import ArrayList


def test_where_arrays_lie():
    arrays = [np.zeros((3, 4), "f"), np.zeros((), "f"), np.zeros(5, "f")]
    found = ArrayList(arrays)
    assert found.addresses.tolist() == [x.ctypes.data for x in arrays]
    assert found.ends.tolist() == [12, 13, 18]
    assert found.shapes == [(3, 4), (), (5,)]


def test_what_a_kernel_cannot_write_to_as_it_lies_has_no_address(form):
    array = form(np.zeros((3, 4), "f"))
    flags = array.flags
    assert (ArrayList([array]).addresses is None) == (not (flags.c_contiguous and flags.aligned and flags.writeable))
    assert ArrayList([np.zeros(3)]).addresses is None


def test_the_same_arrays_are_recognised():
    arrays = [np.zeros(3, "f"), np.zeros(3, "f")]
    found = ArrayList(arrays)
    assert found.holds(arrays)
    assert not found.holds(arrays[::-1])
    assert not found.holds(arrays[:1])


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_looks_for_its_own_arrays(copied):
    found = ArrayList([np.zeros(3, "f")])
    assert found.addresses is not None
    again = copied(found)
    assert again.addresses.tolist() == [again[0].ctypes.data]
