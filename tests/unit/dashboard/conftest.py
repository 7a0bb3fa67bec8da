from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from dashboard import accounts


@pytest.fixture
def costly_hasher() -> PasswordHasher:
    return PasswordHasher()


@pytest.fixture(autouse=True)
def cheap_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing for real costs half a second a test on a busy machine."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", lambda: cheap)
    accounts._nobodys_hash.cache_clear()
