from dashboard_cities import cities, show_city

__all__ = ["cities", "show_city"]
