"""Drawing a graph without cycles in layers, from the top down (K. Sugiyama, S. Tagawa and M. Toda, 1981).

Four steps: layers by the longest path; stand-ins where an edge crosses layers; an order within each layer with few
crossings; places as near to the neighbours as the order allows.
"""

import itertools
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

Name = Any  # of a box: whatever can be a key
Edge = tuple[Name, Name]
_SWEEPS = 12


class Point(NamedTuple):
    """A place in the drawing."""

    x: float
    y: float


class Layout(NamedTuple):
    """Where everything stands.

    Attributes
    ----------
    centres : dict of name to Point
        The middle of each box.
    routes : dict of (name, name) to list of Point
        The points through which each edge goes, its ends included.
    width, height : float
        The size of the whole.
    """

    centres: dict[Name, Point]
    routes: dict[Edge, list[Point]]
    width: float
    height: float


def layered(
    sizes: Mapping[Name, tuple[float, float]],
    edges: Sequence[Edge],
    *,
    light: Collection[Name] = (),
    gap: float = 24.0,
    rise: float = 34.0,
) -> Layout:
    """Lay out a graph.

    Parameters
    ----------
    sizes : mapping of name to (width, height)
        The boxes, in an order in which no edge goes back.
    edges : sequence of (name, name)
        From above to below.
    light : collection of name
        Boxes that hardly draw others towards them: a chain stays straight where such a one hangs on it.
    gap, rise : float
        The free space between boxes, sideways and upright.

    Returns
    -------
    Layout
        With the origin at the top left.
    """
    depth = _depths(list(sizes), edges)
    chains = {edge: _chain(edge, depth) for edge in dict.fromkeys(edges)}
    layers, links = _with_stand_ins(sizes, depth, chains)
    order = _ordered(layers, links)
    widths = defaultdict(lambda: 8.0, {name: size[0] for name, size in sizes.items()})
    pull = dict.fromkeys(light, 0.02)
    across = _placed(order, links, widths, pull, gap)
    heights = [max((sizes[n][1] for n in layer if n in sizes), default=0.0) for layer in order]
    middles, below = [], 0.0
    for height in heights:
        middles.append(below + height / 2)
        below += height + rise
    left = min(across[n] - widths[n] / 2 for n in across)
    right = max(across[n] + widths[n] / 2 for n in across)
    level = {name: i for i, layer in enumerate(order) for name in layer}
    points = {name: Point(across[name] - left, middles[level[name]]) for name in across}
    routes = {edge: _route(chain, points, sizes) for edge, chain in chains.items()}
    return Layout({name: points[name] for name in sizes}, routes, right - left, below - rise)


def _depths(names: list[Name], edges: Sequence[Edge]) -> dict[Name, int]:
    """The longest way from the top."""
    above = defaultdict(list)
    for start, end in edges:
        above[end].append(start)
    depth: dict[Name, int] = {}
    for name in names:
        depth[name] = max((depth[parent] + 1 for parent in above[name]), default=0)
    return depth


def _chain(edge: Edge, depth: Mapping[Name, int]) -> list[Name]:
    """An edge's ends, and its stand-ins in the layers between."""
    start, end = edge
    return [start, *((edge, level) for level in range(depth[start] + 1, depth[end])), end]


def _with_stand_ins(
    names: Mapping[Name, object], depth: Mapping[Name, int], chains: Mapping[Edge, list[Name]]
) -> tuple[list[list[Name]], list[Edge]]:
    """Layers, and edges that each lead from one to the next."""
    layers: list[list[Name]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in names:
        layers[depth[name]].append(name)
    links = []
    for (start, _), chain in chains.items():
        for i, stand_in in enumerate(chain[1:-1], depth[start] + 1):
            layers[i].append(stand_in)
        links += list(itertools.pairwise(chain))
    return layers, links


def _neighbours(links: Sequence[Edge]) -> tuple[dict[Name, list[Name]], dict[Name, list[Name]]]:
    above, below = defaultdict(list), defaultdict(list)
    for start, end in links:
        above[end].append(start)
        below[start].append(end)
    return above, below


def _ordered(layers: list[list[Name]], links: Sequence[Edge]) -> list[list[Name]]:
    """The order with the fewest crossings that sweeps of averaging find."""
    above, below = _neighbours(links)
    best, fewest = layers, _crossings(layers, below)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        neighbours, indices = (above, range(1, len(layers))) if down else (below, range(len(layers) - 2, -1, -1))
        layers = [list(layer) for layer in layers]
        for i in indices:
            place = {name: j for j, name in enumerate(layers[i - 1 if down else i + 1])}
            key = {name: _mean([place[n] for n in neighbours[name]], j) for j, name in enumerate(layers[i])}
            layers[i].sort(key=key.__getitem__)
        found = _crossings(layers, below)
        if found < fewest:
            best, fewest = layers, found
    return best


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _crossings(layers: list[list[Name]], below: Mapping[Name, list[Name]]) -> int:
    total = 0
    for upper, lower in itertools.pairwise(layers):
        place = {name: j for j, name in enumerate(lower)}
        ends = [end for name in upper for end in sorted(place[n] for n in below[name])]
        total += sum(later < earlier for i, earlier in enumerate(ends) for later in ends[i + 1 :])
    return total


def _placed(
    order: list[list[Name]],
    links: Sequence[Edge],
    widths: Mapping[Name, float],
    pull: Mapping[Name, float],
    gap: float,
) -> dict[Name, float]:
    """Places across, each layer in its order and near its neighbours."""
    above, below = _neighbours(links)
    across: dict[Name, float] = {}
    for layer in order:
        edge = 0.0
        for name in layer:
            across[name] = edge + widths[name] / 2
            edge += widths[name] + gap
    for sweep in range(2 * _SWEEPS):
        neighbours = above if sweep % 2 == 0 else below
        for layer in order if sweep % 2 == 0 else reversed(order):
            wanted = [_balance(neighbours[name], across, pull, across[name]) for name in layer]
            weights = [pull.get(name, 1.0) for name in layer]
            across.update(zip(layer, _spread(wanted, weights, [widths[name] for name in layer], gap)))
    return across


def _balance(
    neighbours: Sequence[Name], across: Mapping[Name, float], pull: Mapping[Name, float], otherwise: float
) -> float:
    """The middle of the neighbours by their weights."""
    weights = [pull.get(name, 1.0) for name in neighbours]
    if not weights:
        return otherwise
    return sum(w * across[name] for w, name in zip(weights, neighbours)) / sum(weights)


def _spread(wanted: list[float], weights: list[float], widths: list[float], gap: float) -> list[float]:
    """The places nearest to those wanted, in least squares, at which boxes in this order do not touch."""
    offsets = [0.0]
    for left, right in itertools.pairwise(widths):
        offsets.append(offsets[-1] + (left + right) / 2 + gap)
    pools: list[tuple[float, float, int]] = []  # sum, weight and number of boxes that move together
    for want, weight, offset in zip(wanted, weights, offsets):
        pool = (weight * (want - offset), weight, 1)
        while pools and pools[-1][0] / pools[-1][1] > pool[0] / pool[1]:
            before = pools.pop()
            pool = (before[0] + pool[0], before[1] + pool[1], before[2] + pool[2])
        pools.append(pool)
    free = [total / weight for total, weight, count in pools for _ in range(count)]
    return [x + offset for x, offset in zip(free, offsets)]


def _route(chain: list[Name], points: Mapping[Name, Point], sizes: Mapping[Name, tuple[float, float]]) -> list[Point]:
    """From the bottom of the upper box to the top of the lower one."""
    start, *between, end = (points[name] for name in chain)
    first = Point(start.x, start.y + sizes[chain[0]][1] / 2)
    last = Point(end.x, end.y - sizes[chain[-1]][1] / 2)
    return [first, *between, last]
