"""Which accesses of a variable a compiled train step leaves without an order."""

import tensorflow as tf
from tensorflow.python.eager import context

_WRITES = ("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp")


def unordered_accesses(step, *arguments):
    """Pairs of operations on one variable, one of them a write, that may run in either order.

    Read from the graph that TensorFlow's optimizers make of `step`: they have dropped such orders,
    and a race shows in the numbers only once in hundreds of runs, on a busy machine.
    """
    function = tf.function(step)
    context.context().enable_graph_collection()
    try:
        function(*arguments)
        metadata = context.context().export_run_metadata()
    finally:
        context.context().disable_graph_collection()
    graphs = [functions.post_optimization_graph for functions in metadata.function_graphs]
    graph = max(graphs, key=lambda graph: len(graph.node))
    # Without the way back of loops, which orders nothing and would make the graph cyclic.
    nodes = {node.name: node for node in graph.node if node.op != "NextIteration"}
    ancestors = {}
    for name in _topological(nodes):
        sources = [source for source in _sources(nodes[name]) if source in nodes]
        ancestors[name] = set(sources).union(*(ancestors[source] for source in sources))

    accesses = {}
    for node in nodes.values():
        if node.op in (*_WRITES, "ReadVariableOp"):
            accesses.setdefault(_sources(node)[0], []).append(node)
    assert accesses, "found no variable in the graph"
    return [
        (first.name, second.name)
        for same in accesses.values()
        for number, first in enumerate(same)
        for second in same[number + 1 :]
        if (first.op in _WRITES or second.op in _WRITES)
        and first.name not in ancestors[second.name]
        and second.name not in ancestors[first.name]
    ]


def _sources(node):
    return [name.lstrip("^").split(":")[0] for name in node.input]


def _topological(nodes):
    """Names, every one after its inputs."""
    done, order = set(), []
    for root in nodes:
        stack = [(root, False)]
        while stack:
            name, expanded = stack.pop()
            if expanded:
                order.append(name)
            elif name not in done and name in nodes:
                done.add(name)
                stack.append((name, True))
                stack.extend((source, False) for source in _sources(nodes[name]))
    return order
