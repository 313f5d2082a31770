"""Layered drawings: no box on another, no arrow upwards, few crossings, straight chains."""

import itertools

import numpy as np
import pytest

from chainrule.inspect.layout import layered


def random_graph(seed, count=40):
    rng = np.random.default_rng(seed)
    edges = [(int(rng.integers(0, i)), i) for i in range(1, count)]
    edges += [tuple(sorted(rng.choice(count, 2, replace=False).tolist())) for _ in range(count // 3)]
    return {i: (float(rng.integers(30, 120)), 40.0) for i in range(count)}, edges


@pytest.mark.parametrize("seed", range(5))
def test_boxes_do_not_touch_and_arrows_go_down(seed):
    sizes, edges = random_graph(seed)
    found = layered(sizes, edges, gap=10.0)
    for a, b in itertools.combinations(sizes, 2):
        p, q = found.centres[a], found.centres[b]
        apart_across = abs(p.x - q.x) >= (sizes[a][0] + sizes[b][0]) / 2 + 10.0 - 1e-6
        assert apart_across or abs(p.y - q.y) >= 40.0
    for route in found.routes.values():
        assert all(a.y <= b.y for a, b in itertools.pairwise(route))


@pytest.mark.parametrize("seed", range(3))
def test_everything_is_inside(seed):
    sizes, edges = random_graph(seed)
    found = layered(sizes, edges)
    for name, (width, height) in sizes.items():
        x, y = found.centres[name]
        assert width / 2 - 1e-6 <= x <= found.width - width / 2 + 1e-6
        assert height / 2 - 1e-6 <= y <= found.height - height / 2 + 1e-6


def test_a_chain_is_straight_though_leaves_hang_on_it():
    names = ["a", "b", "c", "w", "v"]
    edges = [("a", "b"), ("b", "c"), ("a", "w"), ("b", "v")]
    found = layered(dict.fromkeys(names, (60.0, 30.0)), edges, light=["w", "v"])
    places = [found.centres[name].x for name in "abc"]
    assert max(places) - min(places) < 8.0


def test_two_parallel_chains_do_not_cross():
    edges = [("top", "b0"), ("top", "a0"), ("a0", "a1"), ("b0", "b1"), ("a1", "a2"), ("b1", "b2")]
    names = ["top", "a0", "b0", "b1", "a1", "a2", "b2"]
    found = layered(dict.fromkeys(names, (40.0, 20.0)), edges)
    sides = {np.sign(found.centres[f"a{i}"].x - found.centres[f"b{i}"].x) for i in range(3)}
    assert len(sides) == 1


def test_one_box():
    found = layered({"a": (50.0, 20.0)}, [])
    assert found.centres["a"] == (25.0, 10.0)
    assert (found.width, found.height) == (50.0, 20.0)
