"""What applying an expression may cost. A step is about a microsecond; memory is counted as if none were given back."""

MAX_STEPS = 3_000_000
MAX_MEMORY = 64 * 2**20
_CHARACTERS_A_STEP = 256
_TEXT, _CHARACTER = 64, 4
_LIST, _SLOT = 64, 8
_OBJECT, _MEMBER = 232, 60
_ADVICE = "Select less of the data first"


class Unselectable(ValueError):
    """An expression that is none, that does not fit the data, or that costs too much; the message says why."""


class Budget:
    """What may still be spent. Whoever works or makes something spends it first; Unselectable when that is too much."""

    def __init__(self, steps: int = MAX_STEPS, memory: int = MAX_MEMORY) -> None:
        self._most_steps, self._most_memory = steps, memory
        self._steps, self._memory = steps, memory

    def spend(self, steps: int, memory: int = 0) -> None:
        """On work in general, and so many bytes."""
        self._steps -= steps
        self._memory -= memory
        if self._steps < 0:
            raise Unselectable(f"takes more than {self._most_steps:,} steps. {_ADVICE}")
        if self._memory < 0:
            raise Unselectable(f"makes more than {self._most_memory // 2**20} MiB on the way. {_ADVICE}")

    def spend_reading(self, characters: int) -> None:
        """On going through a text."""
        self.spend(1 + characters // _CHARACTERS_A_STEP)

    def spend_text(self, characters: int) -> None:
        """On making a text."""
        self.spend(1 + characters // _CHARACTERS_A_STEP, _TEXT + _CHARACTER * characters)

    def spend_list(self, length: int) -> None:
        """On making a list."""
        self.spend(1 + length // 16, _LIST + _SLOT * length)

    def spend_object(self, members: int) -> None:
        """On making an object."""
        self.spend(1 + members // 4, _OBJECT + _MEMBER * members)
