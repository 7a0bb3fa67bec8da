"""Rows in an encrypted Parquet file: Parquet's own encryption (AES-256-GCM), written and read by Arrow.

Every file has a data key of its own, drawn by Arrow and wrapped by the wave's key; footer and columns are encrypted
alike, so that not even the names of the columns can be read. Why not DuckDB's reader: docs/adr/0007.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

ROWS = 32_768  # a row group: small enough that a scan holds only megabytes of plain rows


class WaveKey(pe.KmsClient):
    """Wraps and unwraps data keys with the wave's key (libsodium secret box)."""

    def __init__(self, key: bytes) -> None:
        pe.KmsClient.__init__(self)
        self.box = SecretBox(key)

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> str:
        return base64.b64encode(self.box.encrypt(key_bytes)).decode()

    def unwrap_key(self, wrapped_key: str, master_key_identifier: str) -> bytes:
        try:
            return self.box.decrypt(base64.b64decode(wrapped_key))
        except (CryptoError, ValueError) as error:
            raise OSError("the key does not fit the file") from error


def write_sealed(path: Path, rows: pa.RecordBatchReader, key: bytes) -> None:
    """Write the rows to a new encrypted file (0600), on the disk when this returns."""
    asked = pe.EncryptionConfiguration("wave", uniform_encryption=True, double_wrapping=False, data_key_length_bits=256)
    properties = factory(key).file_encryption_properties(pe.KmsConnectionConfig(), asked)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with pq.ParquetWriter(file, rows.schema, compression="zstd", encryption_properties=properties) as writer:
            for batch in rows:
                writer.write_batch(batch, row_group_size=ROWS)
        file.flush()
        os.fsync(file.fileno())


def open_sealed(path: Path, key: bytes) -> ds.Dataset:
    """The rows of an encrypted file, read as they are asked for. Raises OSError for another key or a damaged footer."""
    config = ds.ParquetDecryptionConfig(factory(key), pe.KmsConnectionConfig(), pe.DecryptionConfiguration())
    options = ds.ParquetFragmentScanOptions(decryption_config=config)
    try:
        return ds.dataset(path, format=ds.ParquetFileFormat(default_fragment_scan_options=options))
    except pa.ArrowInvalid as error:
        raise OSError("not an encrypted file") from error


def factory(key: bytes) -> pe.CryptoFactory:
    return pe.CryptoFactory(lambda config: WaveKey(key))
