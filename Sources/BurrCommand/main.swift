print("burr")
