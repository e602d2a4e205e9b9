package rest

import (
	"maps"
	"os"
	goruntime "runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// taskManagerID is the name of the one that runs all tasks: this process.
const taskManagerID = "embedded"

// revision is the commit that this program was built from, and when that was made; "unknown" outside of a repository.
func revision() (commit, at string) {
	commit, at = "unknown", "unknown"
	built, _ := debug.ReadBuildInfo()
	if built == nil {
		return commit, at
	}
	for _, s := range built.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value[:min(7, len(s.Value))]
		case "vcs.time":
			at = s.Value
		}
	}
	return commit, at
}

func (a *API) overview(web.Request) (any, error) {
	counts := map[runtime.State]int{}
	running := 0
	for _, j := range a.engine.Jobs() {
		state := j.Status().State
		counts[state]++
		if !state.Ended() {
			running++
		}
	}
	commit, _ := revision()
	slots, free := a.slots()
	return struct {
		TaskManagers   int    `json:"taskmanagers"`
		SlotsTotal     int    `json:"slots-total"`
		SlotsAvailable int    `json:"slots-available"`
		JobsRunning    int    `json:"jobs-running"`
		JobsFinished   int    `json:"jobs-finished"`
		JobsCancelled  int    `json:"jobs-cancelled"`
		JobsFailed     int    `json:"jobs-failed"`
		Version        string `json:"flink-version"`
		Commit         string `json:"flink-commit"`
	}{1, slots, free, running, counts[runtime.Finished], counts[runtime.Canceled], counts[runtime.Failed], flink.Version, commit}, nil
}

// slots are as many as there are cores; jobs may share them, so that none ever waits for one.
func (a *API) slots() (total, free int) {
	total = goruntime.GOMAXPROCS(0)
	used := 0
	for _, j := range a.engine.Jobs() {
		if !j.Status().State.Ended() {
			used += j.Options.Parallelism
		}
	}
	return total, max(0, total-used)
}

func (a *API) dashboard(web.Request) (any, error) {
	type features struct {
		Submit  bool `json:"web-submit"`
		Cancel  bool `json:"web-cancel"`
		Rescale bool `json:"web-rescale"`
		History bool `json:"web-history"`
	}
	zone, offset := time.Now().Zone()
	if zone == "UTC" {
		zone = "Coordinated Universal Time"
	}
	commit, at := revision()
	return struct {
		Refresh  int      `json:"refresh-interval"`
		Zone     string   `json:"timezone-name"`
		Offset   int      `json:"timezone-offset"`
		Version  string   `json:"flink-version"`
		Revision string   `json:"flink-revision"`
		Features features `json:"features"`
	}{3000, zone, offset * 1000, flink.Version, commit + " @ " + at, features{Cancel: true}}, nil
}

type setting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (a *API) jobManagerConfig(web.Request) (any, error) {
	settings := flink.Shown(a.engine.Settings())
	all := []setting{}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		all = append(all, setting{key, settings[key]})
	}
	return all, nil
}

// manager is a TaskManager, as far as this process has what one has. Memory is in bytes.
type manager struct {
	ID        string   `json:"id"`
	Path      string   `json:"path"`
	DataPort  int      `json:"dataPort"`
	JMXPort   int      `json:"jmxPort"`
	Heartbeat int64    `json:"timeSinceLastHeartbeat"`
	Slots     int      `json:"slotsNumber"`
	Free      int      `json:"freeSlots"`
	Assigned  int      `json:"assignedTasks"`
	Total     resource `json:"totalResource"`
	Left      resource `json:"freeResource"`
	Hardware  hardware `json:"hardware"`
	Memory    memory   `json:"memoryConfiguration"`
}

type resource struct {
	Cores    javaReal       `json:"cpuCores"`
	Heap     int64          `json:"taskHeapMemory"` // MB
	OffHeap  int64          `json:"taskOffHeapMemory"`
	Managed  int64          `json:"managedMemory"`
	Network  int64          `json:"networkMemory"`
	Extended map[string]int `json:"extendedResources"`
}

type hardware struct {
	Cores    int    `json:"cpuCores"`
	Physical uint64 `json:"physicalMemory"`
	Free     uint64 `json:"freeMemory"`
	Managed  uint64 `json:"managedMemory"`
}

type memory struct {
	Heap    uint64 `json:"taskHeap"`
	Flink   uint64 `json:"totalFlinkMemory"`
	Process uint64 `json:"totalProcessMemory"`
}

func (a *API) manager() manager {
	slots, free := a.slots()
	var stats goruntime.MemStats
	goruntime.ReadMemStats(&stats)
	var machine unix.Sysinfo_t
	_ = unix.Sysinfo(&machine) // without it the machine's memory is told as 0
	tasks := 0
	for _, j := range a.engine.Jobs() {
		if s := j.Status(); !s.State.Ended() {
			for _, v := range s.Vertices {
				tasks += len(v.Tasks)
			}
		}
	}
	heap := int64(stats.HeapSys >> 20)
	return manager{
		ID: taskManagerID, Path: "pid " + strconv.Itoa(os.Getpid()), DataPort: -1, JMXPort: -1, Heartbeat: time.Now().UnixMilli(),
		Slots: slots, Free: free, Assigned: tasks,
		Total:    resource{Cores: javaReal(slots), Heap: heap, Extended: map[string]int{}},
		Left:     resource{Cores: javaReal(free), Heap: int64(stats.HeapIdle >> 20), Extended: map[string]int{}},
		Hardware: hardware{Cores: goruntime.NumCPU(), Physical: machine.Totalram * uint64(machine.Unit), Free: stats.HeapIdle},
		Memory:   memory{Heap: stats.HeapSys, Flink: stats.HeapSys, Process: stats.Sys},
	}
}

func (a *API) taskManagers(web.Request) (any, error) {
	return map[string][]manager{"taskmanagers": {a.manager()}}, nil
}

func (a *API) taskManager(r web.Request) (any, error) {
	if err := onlyOurs(r); err != nil {
		return nil, err
	}
	var stats goruntime.MemStats
	goruntime.ReadMemStats(&stats)
	return struct {
		manager
		Allocated []allocated    `json:"allocatedSlots"`
		Metrics   map[string]any `json:"metrics"`
	}{a.manager(), a.allocated(), map[string]any{
		"heapUsed": stats.HeapAlloc, "heapCommitted": stats.HeapSys, "heapMax": stats.HeapSys,
		"nonHeapUsed": stats.Sys - stats.HeapSys, "nonHeapCommitted": stats.Sys - stats.HeapSys, "nonHeapMax": stats.Sys - stats.HeapSys,
		"garbageCollectors": []map[string]any{{"name": "Go", "count": stats.NumGC, "time": stats.PauseTotalNs / 1e6}},
	}}, nil
}

type allocated struct {
	Job      string   `json:"jobId"`
	Resource resource `json:"resource"`
	Assigned int      `json:"assignedTasks"`
}

func (a *API) allocated() []allocated {
	all := []allocated{}
	for _, j := range a.engine.Jobs() {
		s := j.Status()
		if s.State.Ended() {
			continue
		}
		tasks := 0
		for _, v := range s.Vertices {
			tasks += len(v.Tasks)
		}
		all = append(all, allocated{j.ID, resource{Cores: javaReal(j.Options.Parallelism), Extended: map[string]int{}}, tasks})
	}
	return all
}

func onlyOurs(r web.Request) error {
	if id := r.PathValue("taskmanagerid"); id != taskManagerID {
		return web.Internal(nil, "org.apache.flink.runtime.resourcemanager.exceptions.UnknownTaskExecutorException: No TaskExecutor registered under "+id+".")
	}
	return nil
}
