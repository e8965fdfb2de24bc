"""Settings of all tests.

Hypothesis shows the same examples at every run, unless ``--hypothesis-profile=explore`` is given.
"""

import gc

from hypothesis import settings

# Thousands of tests are many objects that live long, and little of what they make is in circles.
gc.set_threshold(20_000, 20, 20)

settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("fixed")
