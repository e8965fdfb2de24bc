"""Hypothesis: the same examples at every run, unless ``--hypothesis-profile=explore`` is given."""

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("fixed")
