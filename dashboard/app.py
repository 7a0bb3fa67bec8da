"""The script Streamlit runs for every visit and every click. All it does is ask the page to draw itself."""

from dashboard.page import show_dashboard

show_dashboard()
