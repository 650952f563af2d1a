"""The one error of a file that cannot be read as a table."""


class NotTabular(ValueError):
    """The message says why, and what to do: "is a PDF. Save it as …"."""
