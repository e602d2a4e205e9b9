package runtime

import "sync"

// floor is memory that no one ever touches, so that it takes none of the machine's. The collector counts it as in use and
// waits until as much again has been allocated: else jobs with little state, whose batches come and go by the gigabyte,
// would have it at work all the time. Up to so much more garbage lies about at a time.
var floor = sync.OnceValue(func() []byte { return make([]byte, floorSize) })

const floorSize = 32 << 20
