"""The two array libraries: namespace look-up, dtypes, random numbers, compilation."""
