"""What the page and the server say to each other: a class for each request and each answer, in files like the routes'.

Every request is read into these classes by :mod:`captum_dna.insights.inputs`, and nowhere else: names, types and
ranges stand here alone. The API document and the page's types are made from them. What filters a request may name
stands in :mod:`captum_dna.insights.filters`.
"""
