"""Plays the scenarios with librdkafka, through confluent-kafka."""
import sys
import time
import traceback

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, OffsetSpec)

bootstrap = sys.argv[1]
admin = AdminClient({"bootstrap.servers": bootstrap})


def play(name, scenario):
    try:
        scenario()
        print("ok", name, flush=True)
    except Exception as e:
        print(f"FAIL {name}: {e!r}", flush=True)
        traceback.print_exc(file=sys.stdout)


def want(condition, otherwise):
    if not condition:
        raise AssertionError(otherwise)


def create(topic, **config):
    for future in admin.create_topics([NewTopic(topic, 3, 1, config=config)]).values():
        future.result(15)
    deadline = time.time() + 10
    while topic not in admin.list_topics(timeout=5).topics:
        want(time.time() < deadline, f"topic {topic} is not to be seen")


def topics():
    create("py-admin", **{"retention.ms": "60000"})
    resource = ConfigResource(ConfigResource.Type.TOPIC, "py-admin", incremental_configs=[
        ConfigEntry("retention.ms", "90000", incremental_operation=AlterConfigOpType.SET)])
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(15)
    deadline = time.time() + 5
    while True:
        value = list(admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, "py-admin")]).values())[0].result(15)["retention.ms"].value
        if value == "90000":
            break
        want(time.time() < deadline, f"retention.ms is {value}")
    for future in admin.delete_topics(["py-admin"]).values():
        future.result(15)


def send(producer, topic, n):
    errors = []
    for i in range(n):
        producer.produce(topic, key=str(i), value=str(i), on_delivery=lambda e, m: e and errors.append(e))
    want(producer.flush(20) == 0, "not everything was sent")
    want(not errors, f"errors {errors[:1]}")


def read(consumer, n, commit=False):
    got, end = 0, time.time() + 25
    while time.time() < end:
        messages = consumer.consume(500, timeout=0.5)
        for m in messages:
            want(m.error() is None, f"error {m.error()}")
        got += len(messages)
        if commit and messages:
            consumer.commit(asynchronous=False)
        if not messages and got >= n:
            break
    want(got == n, f"read {got} records, want {n}")


def consumer(group, **more):
    return Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
                     "isolation.level": "read_committed", **more})


def count(topic, n):
    c = consumer("py-count")
    c.assign([TopicPartition(topic, p, 0) for p in range(3)])
    read(c, n)
    c.close()


def idempotent():
    create("py-idempotent")
    send(Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "compression.type": "zstd"}), "py-idempotent", 500)
    count("py-idempotent", 500)


def transactions():
    create("py-transactions")
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "py-tx"})
    producer.init_transactions(20)
    for end in ("commit", "abort", "commit"):
        producer.begin_transaction()
        for i in range(50):
            producer.produce("py-transactions", key=str(i), value=str(i))
        producer.flush(20)
        producer.commit_transaction(20) if end == "commit" else producer.abort_transaction(20)
    count("py-transactions", 100)


def group(protocol):
    topic = "py-" + protocol
    create(topic)
    send(Producer({"bootstrap.servers": bootstrap}), topic, 300)
    more = {"group.protocol": "consumer"} if protocol == "consumer" else {}
    c = consumer(topic + "-group", **more)
    c.subscribe([topic])
    read(c, 300, commit=True)
    committed = sum(p.offset for p in c.committed([TopicPartition(topic, p) for p in range(3)], timeout=10) if p.offset > 0)
    c.close()
    want(committed == 300, f"committed {committed}, want 300")


def unknown_group():
    request = ConsumerGroupTopicPartitions("nobody", [TopicPartition("py-idempotent", 0)])
    result = list(admin.list_consumer_group_offsets([request]).values())[0].result(15)
    want(result.topic_partitions[0].offset == -1001 and result.topic_partitions[0].error is None, f"{result.topic_partitions}")


def by_time():
    asked = {TopicPartition("py-idempotent", 0): OffsetSpec.for_timestamp(int((time.time() - 3600) * 1000))}
    result = list(admin.list_offsets(asked).values())[0].result(15)
    want(result.offset == 0, f"offset {result.offset}")


def delete_records():
    list(admin.delete_records([TopicPartition("py-idempotent", 0, 10)]).values())[0].result(15)
    result = list(admin.list_offsets({TopicPartition("py-idempotent", 0): OffsetSpec.earliest()}).values())[0].result(15)
    want(result.offset == 10, f"start {result.offset}")


play("admin", topics)
play("idempotent", idempotent)
play("transactions", transactions)
play("group-classic", lambda: group("classic"))
play("group-consumer", lambda: group("consumer"))
play("unknown-group", unknown_group)
play("offsets-by-time", by_time)
play("delete-records", delete_records)
