package expr

// unsupported are functions of Flink that are missing here, by name.
var unsupported = []string{}
