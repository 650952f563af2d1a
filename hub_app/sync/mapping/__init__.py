"""From a source's payload to the fields of a record and back: pure, without tables and without a clock.

`declarations` are what people write, `mapper` compiles them; `values` knows what a field of each type holds.
"""
