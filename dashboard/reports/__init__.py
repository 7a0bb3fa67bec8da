"""Reports: frozen blocks in the middle, PDF, DOCX and XLSX at the rim. One code for the button and the command line."""
