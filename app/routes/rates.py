"""How often one may ask: rates by the library `limits`, counted in each process, told in the RateLimit headers."""

import math
import time
from dataclasses import dataclass
from typing import Final

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.errors import TooManyRequests

_STEP: Final = 2.0  # seconds that a clock may be put right by


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a rate, as the headers say it."""

    policy: str
    quota: int
    seconds: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={self.seconds}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.reset}',
        }


class Rates:
    """The rates of one process; `policies` go from a name to a rate, `0` for none."""

    def __init__(self, policies: dict[str, str]) -> None:
        self._forget()
        self._rates = {name: parse(rate) for name, rate in policies.items() if rate != "0"}

    def spend(self, policy: str, who: str) -> Left | None:
        """Count one request; None where there is no limit. Raises TooManyRequests, with Retry-After."""
        rate = self._rates.get(policy)
        if rate is None:
            return None
        if time.time() - time.monotonic() < self._ahead - _STEP:
            self._forget()  # the clock went back: those refused would wait until it is there again
        allowed = self._limiter.hit(rate, policy, who)
        return self._told(policy, who, refused=not allowed)

    def _forget(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._ahead = time.time() - time.monotonic()

    def _told(self, policy: str, who: str, *, refused: bool) -> Left:
        rate = self._rates[policy]
        window = self._limiter.get_window_stats(rate, policy, who)
        reset = max(1, math.ceil(window.reset_time - time.time()))
        left = Left(policy, rate.amount, rate.get_expiry(), window.remaining, reset)
        if refused:
            raise TooManyRequests(headers=left.headers | {"Retry-After": str(reset)})
        return left
