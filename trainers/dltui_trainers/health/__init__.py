"""The health of any network while it trains: what its parameters, their gradients and its layers' outputs are like.

Each gauge stands on its own and knows nothing of our loop, so the recorder measures a user's network with the same
ones. None of them changes a training: no random number is drawn, no statistic of a norm moves, no gradient is touched.
"""
