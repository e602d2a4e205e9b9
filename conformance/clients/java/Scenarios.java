import java.time.Duration;
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

/** Plays the scenarios with Apache Kafka's own clients. */
public class Scenarios {
  interface Play { void run() throws Exception; }

  static String bootstrap;
  static Admin admin;

  public static void main(String[] args) throws Exception {
    bootstrap = args[0];
    admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
    play("admin", Scenarios::topics);
    play("idempotent", Scenarios::idempotent);
    play("transactions", Scenarios::transactions);
    play("group-classic", () -> group("classic"));
    play("group-consumer", () -> group("consumer"));
    play("unknown-group", Scenarios::unknownGroup);
    play("offsets-by-time", Scenarios::byTime);
    play("delete-records", Scenarios::deleteRecords);
    admin.close(Duration.ofSeconds(5));
  }

  static void play(String name, Play play) {
    try {
      play.run();
      System.out.println("ok " + name);
    } catch (Throwable e) {
      System.out.println("FAIL " + name + ": " + e);
      e.printStackTrace(System.out);
    }
  }

  static void want(boolean condition, String otherwise) {
    if (!condition) throw new AssertionError(otherwise);
  }

  static void create(String topic) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1))).all().get();
    for (int i = 0; i < 200; i++) {
      try { admin.describeTopics(List.of(topic)).allTopicNames().get(); return; }
      catch (ExecutionException e) { Thread.sleep(50); }
    }
    throw new AssertionError("topic " + topic + " is not to be seen");
  }

  static void topics() throws Exception {
    NewTopic topic = new NewTopic("java-admin", 3, (short) 1).configs(Map.of("retention.ms", "60000"));
    admin.createTopics(List.of(topic)).all().get();
    Thread.sleep(100);
    want(admin.describeTopics(List.of("java-admin")).allTopicNames().get().get("java-admin").partitions().size() == 3, "partitions");
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, "java-admin");
    AlterConfigOp op = new AlterConfigOp(new ConfigEntry("retention.ms", "90000"), AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all().get();
    String value = null;
    for (int i = 0; i < 100 && !"90000".equals(value); i++) {
      value = admin.describeConfigs(List.of(resource)).all().get().get(resource).get("retention.ms").value();
      Thread.sleep(20);
    }
    want("90000".equals(value), "retention.ms is " + value);
    admin.createPartitions(Map.of("java-admin", NewPartitions.increaseTo(5))).all().get();
    want(admin.listTopics().names().get().contains("java-admin"), "not listed");
    want(admin.describeCluster().nodes().get().size() == 1, "nodes");
    admin.deleteTopics(List.of("java-admin")).all().get();
  }

  static KafkaProducer<String, String> producer(Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.put("bootstrap.servers", bootstrap);
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  static void send(KafkaProducer<String, String> producer, String topic, int n) throws Exception {
    List<java.util.concurrent.Future<RecordMetadata>> sent = new ArrayList<>();
    for (int i = 0; i < n; i++) sent.add(producer.send(new ProducerRecord<>(topic, "" + i, "" + i)));
    producer.flush();
    for (var s : sent) s.get();
  }

  static KafkaConsumer<String, String> consumer(Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.put("bootstrap.servers", bootstrap);
    config.put("isolation.level", "read_committed");
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", "false");
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  static void count(String topic, int n) {
    try (var consumer = consumer(Map.of())) {
      consumer.assign(List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1), new TopicPartition(topic, 2)));
      consumer.seekToBeginning(consumer.assignment());
      int got = 0;
      long end = System.currentTimeMillis() + 15000;
      while (System.currentTimeMillis() < end) {
        int more = consumer.poll(Duration.ofMillis(got >= n ? 500 : 1000)).count();
        got += more;
        if (more == 0 && got >= n) break;
      }
      want(got == n, "read " + got + " records, want " + n);
    }
  }

  static void idempotent() throws Exception {
    create("java-idempotent");
    try (var producer = producer(Map.of("enable.idempotence", "true", "acks", "all", "compression.type", "lz4"))) { send(producer, "java-idempotent", 500); }
    count("java-idempotent", 500);
  }

  static void transactions() throws Exception {
    create("java-transactions");
    try (var producer = producer(Map.of("transactional.id", "java-tx"))) {
      producer.initTransactions();
      for (int round = 0; round < 3; round++) {
        producer.beginTransaction();
        send(producer, "java-transactions", 50);
        if (round == 1) producer.abortTransaction(); else producer.commitTransaction();
      }
    }
    count("java-transactions", 100);
  }

  static void group(String protocol) throws Exception {
    String topic = "java-" + protocol;
    create(topic);
    try (var producer = producer(Map.of())) { send(producer, topic, 300); }
    Map<String, Object> config = Map.of("group.id", topic + "-group", "group.protocol", protocol);
    try (var first = consumer(config); var second = consumer(config)) {
      first.subscribe(List.of(topic));
      second.subscribe(List.of(topic));
      int got = 0;
      long end = System.currentTimeMillis() + 25000;
      while (got < 300 && System.currentTimeMillis() < end) {
        for (var c : List.of(first, second)) {
          got += c.poll(Duration.ofMillis(200)).count();
          try { c.commitSync(Duration.ofSeconds(5)); } catch (org.apache.kafka.common.errors.RebalanceInProgressException | CommitFailedException e) { /* commits again after the next poll */ }
        }
      }
    }
    long total = 0;
    for (var o : admin.listConsumerGroupOffsets(topic + "-group").partitionsToOffsetAndMetadata().get().values()) total += o.offset();
    want(total == 300, "committed " + total + ", want 300");
    admin.describeConsumerGroups(List.of(topic + "-group")).all().get();
  }

  static void unknownGroup() throws Exception {
    var offsets = admin.listConsumerGroupOffsets("nobody").partitionsToOffsetAndMetadata().get();
    want(offsets.isEmpty(), "offsets " + offsets);
    try (var consumer = consumer(Map.of("group.id", "java-nobody"))) {
      var committed = consumer.committed(Set.of(new TopicPartition("java-idempotent", 0)));
      want(committed.get(new TopicPartition("java-idempotent", 0)) == null, "committed " + committed);
    }
  }

  static void byTime() throws Exception {
    TopicPartition p = new TopicPartition("java-idempotent", 0);
    var found = admin.listOffsets(Map.of(p, OffsetSpec.forTimestamp(System.currentTimeMillis() - 3600000))).all().get();
    want(found.get(p).offset() == 0, "offset " + found.get(p).offset());
  }

  static void deleteRecords() throws Exception {
    TopicPartition p = new TopicPartition("java-idempotent", 0);
    admin.deleteRecords(Map.of(p, RecordsToDelete.beforeOffset(10))).all().get();
    want(admin.listOffsets(Map.of(p, OffsetSpec.earliest())).all().get().get(p).offset() == 10, "start");
  }
}
