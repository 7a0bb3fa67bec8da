"""Files at the rim: reading tables row by row, checking rows against contracts, writing csv."""
