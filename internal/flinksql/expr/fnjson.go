package expr

func jsonAggregates() []*Aggregate { return nil }
