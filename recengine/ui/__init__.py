"""What the pages are drawn with. Streamlit lives here and in pages/ only."""
