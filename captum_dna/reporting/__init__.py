"""What the results of many sequences say together, and the pages that show it."""
