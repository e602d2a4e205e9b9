package diags

// longest is the longest word that a suggestion is looked for.
const longest = 200

// Closest is the candidate nearest to word by edit distance, where one is near enough to be what was meant.
func Closest(word string, candidates []string) (string, bool) {
	if len(word) > longest {
		return "", false
	}
	best, bound := "", 1+len(word)/4
	for _, candidate := range candidates {
		if len(candidate) > longest {
			continue
		}
		if d := Distance(word, candidate); d <= bound {
			best, bound = candidate, d-1
		}
	}
	return best, best != ""
}

// Distance is the optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
func Distance(a, b string) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
