"""Forms that were handed in: what one of them was refused before isn't shown to whoever sits here next.

Without scripts a refused form stays in the browser as an entry that can be sent again, answers and all. Once the form
is handed in, its answers are nobody's to get back. Nonces only, in memory only, each worker its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 50_000  # nonces, some 5 MB; the oldest are forgotten first


@dataclass
class Finished:
    nonces: dict[bytes, None] = field(default_factory=dict, repr=False)

    def add(self, nonce: bytes) -> None:
        self.nonces[nonce] = None
        while len(self.nonces) > MOST:
            del self.nonces[next(iter(self.nonces))]

    def __contains__(self, nonce: bytes) -> bool:
        return nonce in self.nonces
