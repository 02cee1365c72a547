// StateDelta
