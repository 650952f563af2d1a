"""How a call fails."""


class ApiError(Exception):
    """A call that gave no usable answer: its kind (schemas.runs.RunError names them) and a sentence, perhaps with a
    secret that the API echoed.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
