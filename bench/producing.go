package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sys/unix"
)

// producing is a load: how many records of which size, and how many of them come before the figures count.
type producing struct {
	records, warmup, size int
}

// produced is what one measurement gave.
type produced struct {
	records        float64 // a second
	p99            float64 // ms
	peak           int64   // bytes that the broker had resident
	broker, client float64 // CPU-seconds
}

var performance = regexp.MustCompile(`steady state records sent, ([\d.]+) records/sec .* (\d+) ms 99th`)

// perform runs producer-performance with the heap of its own script, on a topic that is there for this run.
func (l producing) perform(jars string, broker rival, topic string) (produced, error) {
	forget, err := fourPartitions(broker, topic)
	if err != nil {
		return produced{}, err
	}
	defer forget()
	unix.Sync()
	forgetPeak(broker.pid)
	before := cpuOf(broker.pid)
	cost, err := timed("", "java", "-Xmx512m", "-cp", jars, "org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", strconv.Itoa(l.records),
		"--warmup-records", strconv.Itoa(l.warmup), "--record-size", strconv.Itoa(l.size), "--throughput", "-1",
		"--producer-props", "bootstrap.servers="+broker.bootstrap, "acks=all")
	if err != nil {
		return produced{}, err
	}
	m := performance.FindStringSubmatch(cost.out)
	if m == nil {
		return produced{}, fmt.Errorf("producer-performance said\n%s", lastLines(cost.out))
	}
	r := produced{peak: peakResident(broker.pid), broker: (cpuOf(broker.pid) - before).Seconds(), client: cost.cpu.Seconds()}
	r.records, _ = strconv.ParseFloat(m[1], 64)
	r.p99, _ = strconv.ParseFloat(m[2], 64)
	return r, nil
}

// fourPartitions makes a topic, and gives what deletes it.
func fourPartitions(broker rival, topic string) (func(), error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.bootstrap))
	if err != nil {
		return nil, err
	}
	admin := kadm.NewClient(client)
	if _, err = admin.CreateTopic(context.Background(), 4, 1, broker.configs, topic); err != nil {
		client.Close()
		return nil, fmt.Errorf("create topic %s: %w", topic, err)
	}
	return func() {
		_, _ = admin.DeleteTopic(context.Background(), topic)
		client.Close()
	}, nil
}
