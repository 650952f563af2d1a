"""Turns: who waits for whom."""

import asyncio
import random

from hub_app.kernel.turns import Turns


class Watch:
    """Who has a turn, and the most at once, in all and of a partition."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.had: list[str] = []
        self.now: list[str] = []
        self.most = 0
        self.most_per_partition = 0

    async def take(self, partition: str, times: int = 1) -> None:
        async with self.turns.turn(partition):
            self.had.append(partition)
            self.now.append(partition)
            self.most = max(self.most, len(self.now))
            self.most_per_partition = max(self.most_per_partition, self.now.count(partition))
            for _ in range(times):
                await asyncio.sleep(0)
            self.now.remove(partition)


async def test_a_partition_with_much_to_do_leaves_turns_to_others() -> None:
    watch = Watch(Turns(3, per_partition=2, waiting=100))
    await asyncio.gather(
        *(watch.take("greedy", 5) for _ in range(20)), watch.take("late"), watch.take("later")
    )
    assert watch.most == 3
    assert watch.most_per_partition == 2
    assert watch.had.index("late") < 4
    assert watch.had.index("later") < 8


async def test_partitions_take_turns_one_after_the_other() -> None:
    watch = Watch(Turns(1, per_partition=1, waiting=100))
    await asyncio.gather(*(watch.take(partition) for partition in "aaabbbccc"))
    # The first came when nobody waited.
    assert "".join(watch.had) == "aabcabcbc"


async def test_whoever_gives_up_leaves_no_turn_taken() -> None:
    """At whatever moment: while waiting, and when the turn has just been handed out."""
    turns = Turns(2, per_partition=1, waiting=100)
    watch = Watch(turns)
    chance = random.Random(7)  # noqa: S311 - no secret
    for _ in range(300):
        tasks = [asyncio.create_task(watch.take(partition, chance.randrange(4))) for partition in "abcaab"]
        for _ in range(chance.randrange(8)):
            await asyncio.sleep(0)
        for task in chance.sample(tasks, chance.randrange(6)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    watch.now.clear()
    async with turns.turn("a"), turns.turn("b"):
        assert turns.has_room("a")


async def test_of_a_partition_only_so_many_wait() -> None:
    turns = Turns(1, per_partition=1, waiting=2)
    async with turns.turn("a"):
        waiting = [asyncio.create_task(turns.turn("a").__aenter__()) for _ in range(2)]
        await asyncio.sleep(0)
        assert not turns.has_room("a")
        assert turns.has_room("b")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert turns.has_room("a")
