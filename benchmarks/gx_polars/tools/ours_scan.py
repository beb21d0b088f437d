"""Great Expectations on polars, with nothing answered from the footers of Parquet."""

from functools import partial

from tools import ours

context = ours.context
check = partial(ours.check, use_metadata=False)
