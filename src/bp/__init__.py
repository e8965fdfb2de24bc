"""Backpropagation: the formulas that the book computes, one small function each.

The way of the data, from left to right::

    params → forward → trace → deltas → gradients → update → new params

`equations` holds the formulas, `two_layer` the book's 2-3-2 net, `deep` a net of any depth,
`descent` the update rule and `gradient_check` the independent derivative that judges them all.
"""
