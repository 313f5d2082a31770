"""A trace in the language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

from typing import TYPE_CHECKING

from chainrule.inspect.trace_graph import of_operations

if TYPE_CHECKING:
    from chainrule.inspect.steps import Trace


def digraph(trace: "Trace") -> str:
    """A digraph with a cluster for each module and an edge for each gradient."""
    boxes, arrows = of_operations(trace)
    lines = ["digraph backward {", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    for module in sorted({box.module for box in boxes.values()}):
        members = [
            f"{_quoted(name)} [label={_quoted(box.title, box.detail)}{_leaf_style(box.kind)}];"
            for name, box in boxes.items()
            if box.module == module
        ]
        if module:
            lines += [f"  subgraph {_quoted('cluster ' + module)} {{", f"    label={_quoted(module)};"]
            lines += [*(f"    {member}" for member in members), "  }"]
        else:
            lines += [f"  {member}" for member in members]
    lines += [f"  {_quoted(a)} -> {_quoted(b)} [label={_quoted(label)}];" for (a, b), label in arrows.items()]
    return "\n".join([*lines, "}"]) + "\n"


def _leaf_style(kind: str) -> str:
    return ", style=filled" if kind == "leaf" else ""


def _quoted(*lines: str) -> str:
    """A string of Graphviz: only the quotation mark and the backslash are special."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines if line)
    return '"' + "\\n".join(escaped) + '"'
