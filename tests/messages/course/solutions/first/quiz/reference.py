answers = {"loss": "squared", "outliers": "squared"}
