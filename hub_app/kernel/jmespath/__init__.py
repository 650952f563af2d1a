"""JMESPath with a budget: what an expression costs is counted before it is spent, whatever operator or function it is.

Child processes import this: nothing here imports more than jmespath itself.
"""
