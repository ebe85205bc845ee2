"""Sales, contacts, answers and customers from files: rows become the events a shop would have sent."""
