"""Adds up tokens and money; what a provider did not count stays unknown and is never shown as nothing."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.events.conversation import Reply
from setsquare.workspace.settings import Price

_MILLION = 1_000_000


class ModelTotal(Struct, frozen=True, kw_only=True):
    """What one model used at one price: `uncounted_input` and `uncounted_output` are calls whose tokens the provider did not tell."""

    model: str
    price: Price | None = None
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    uncounted_input: int = 0
    uncounted_output: int = 0

    @property
    def cost_usd(self) -> float | None:
        """Give the cost in US dollars, `None` when the price or a count is unknown."""
        price = self.price
        if price is None or self.uncounted_input or self.uncounted_output:
            return None
        read_usd = price.input_usd if price.cache_read_usd is None else price.cache_read_usd
        write_usd = price.input_usd if price.cache_write_usd is None else price.cache_write_usd
        fresh = max(0, self.input_tokens - self.cache_read_tokens - self.cache_write_tokens)
        cost = fresh * price.input_usd + self.cache_read_tokens * read_usd + self.cache_write_tokens * write_usd
        return (cost + self.output_tokens * price.output_usd) / _MILLION


class Meter(Struct, frozen=True):
    """Totals per model, sorted by its name; adding gives a new meter.

    >>> from setsquare.events.conversation import Usage
    >>> meter = Meter().add(Reply(provider="ollama", model="qwen3", usage=Usage(input_tokens=1200, output_tokens=30)))
    >>> meter.totals[0].model, meter.input_tokens, meter.cost_usd
    ('ollama:qwen3', 1200, None)
    """

    totals: tuple[ModelTotal, ...] = ()

    def add(self, reply: Reply, price: Price | None = None) -> Meter:
        """Count a reply under the model that gave it."""
        model, usage = f"{reply.provider}:{reply.model}", reply.usage
        same = next((total for total in self.totals if (total.model, total.price) == (model, price)), None)
        total = same or ModelTotal(model=model, price=price)
        counted = replace(
            total,
            calls=total.calls + 1,
            input_tokens=total.input_tokens + (usage.input_tokens or 0),
            output_tokens=total.output_tokens + (usage.output_tokens or 0),
            cache_read_tokens=total.cache_read_tokens + usage.cache_read_tokens,
            cache_write_tokens=total.cache_write_tokens + usage.cache_write_tokens,
            uncounted_input=total.uncounted_input + (usage.input_tokens is None),
            uncounted_output=total.uncounted_output + (usage.output_tokens is None),
        )
        others = tuple(other for other in self.totals if other is not same)
        return Meter(tuple(sorted((*others, counted), key=lambda entry: (entry.model, repr(entry.price)))))

    @property
    def calls(self) -> int:
        """Count the calls."""
        return sum(total.calls for total in self.totals)

    @property
    def input_tokens(self) -> int | None:
        """Give all input tokens, `None` when a call was not counted."""
        return None if any(total.uncounted_input for total in self.totals) else sum(total.input_tokens for total in self.totals)

    @property
    def output_tokens(self) -> int | None:
        """Give all output tokens, `None` when a call was not counted."""
        return None if any(total.uncounted_output for total in self.totals) else sum(total.output_tokens for total in self.totals)

    @property
    def cost_usd(self) -> float | None:
        """Give the cost in US dollars, `None` when any part of it is unknown; no call costs nothing."""
        known = [cost for total in self.totals if (cost := total.cost_usd) is not None]
        return sum(known) if len(known) == len(self.totals) else None


def lines_of(meter: Meter) -> tuple[str, ...]:
    r"""Write a meter for a person.

    >>> from setsquare.events.conversation import Usage
    >>> print("\n".join(lines_of(Meter().add(Reply(provider="vllm", model="m", usage=Usage(input_tokens=47832, output_tokens=12))))))
    Input: 47,832 tokens (vllm:m: 47,832)
    Output: 12 tokens (vllm:m: 12)
    Estimated cost: unknown
    """
    inputs = tuple((total.model, total.input_tokens, total.uncounted_input) for total in meter.totals)
    outputs = tuple((total.model, total.output_tokens, total.uncounted_output) for total in meter.totals)
    return (f"Input: {_counts(inputs)}", f"Output: {_counts(outputs)}", f"Estimated cost: {cost_text(meter.cost_usd)}")


def cost_text(cost_usd: float | None) -> str:
    """Write an amount; an unknown one is never 0.

    >>> cost_text(None), cost_text(0.0), cost_text(0.0004), cost_text(0.43)
    ('unknown', '$0.00', 'less than $0.01', '$0.43')
    """
    if cost_usd is None:
        return "unknown"
    return "less than $0.01" if 0 < cost_usd < 0.01 else f"${cost_usd:,.2f}"


def _counts(parts: tuple[tuple[str, int, int], ...]) -> str:
    told, uncounted = sum(count for _, count, _ in parts), sum(missing for _, _, missing in parts)
    by_model = " | ".join(f"{model}: {_count(count, missing)}" for model, count, missing in parts)
    unit = " tokens" if not uncounted else ""
    return f"{_count(told, uncounted)}{unit}{f' ({by_model})' if by_model else ''}"


def _count(count: int, uncounted: int) -> str:
    if not uncounted:
        return f"{count:,}"
    calls = "1 call" if uncounted == 1 else f"{uncounted} calls"
    return f"{count:,} tokens and an unknown number in {calls}" if count else f"unknown in {calls}"
