#include "HandshakeTrace.h"
#include "ProductsInFlight.h"
#include "msa/TileTransforms/Passes.h"
#include <algorithm>
#include <array>

namespace mlir::msa {
using namespace mlir::tile;
#define GEN_PASS_DEF_VERIFYHANDSHAKE
#include "msa/TileTransforms/Passes.h.inc"

namespace {
InFlightDiagnostic refuse(Operation *op, const Twine &need, const Twine &have) {
  return emitError(op->getLoc()) << "[handshake] needs " << need << ", but " << have;
}

/// A barrier of shared memory: a phase ends when `expected` arrivals are there.
struct Barrier {
  int64_t expected = 0, arrived = 0, phases = 0;

  /// False if the phase gets more than it counts to.
  bool arrive(int64_t count) {
    arrived += count;
    if (arrived > expected) return false;
    if (arrived == expected) arrived = 0, ++phases;
    return true;
  }
  /// What mbarrier.try_wait.parity answers: the phase of this parity is over.
  bool isOver(int64_t parity) const { return (phases & 1) != parity; }
};

struct Slot {
  Barrier full, empty;
  int64_t holds = -1;                             ///< use whose data is there
  std::array<int64_t, 3> released = {-1, -1, -1}; ///< by each agent: its last release
};

/// The producer, and the consumers as two parties that may run at different speeds and take part in different work.
struct Agent {
  const std::vector<Handshake> *trace;
  int64_t weight; ///< arrivals that one of its signals makes
  size_t next = 0;
  std::map<std::pair<Operation *, int64_t>, int64_t> waited; ///< last use waited for, by (channel, slot)
};

struct Simulation {
  std::map<Operation *, std::vector<Slot>> channels;
  std::array<Agent, 3> agents; ///< producer, consumers, consumers

  Simulation(RolesOp roles, const std::vector<Handshake> &producer, const std::vector<Handshake> &some,
             const std::vector<Handshake> &others) {
    int64_t half = roles.getConsumerWarps() / 2;
    agents = {Agent{&producer, int64_t(roles.getProducerWarps()) * 32, 0, {}},
              Agent{&some, int64_t(roles.getConsumerWarps()) - half, 0, {}}, Agent{&others, half, 0, {}}};
    if (half == 0) agents[2].next = others.size();
  }

  Slot &slotOf(const Handshake &step) {
    auto channel = cast<MakeChannelOp>(step.channel);
    std::vector<Slot> &slots = channels[channel];
    if (slots.empty()) {
      slots.resize(channel.getType().getStages());
      for (Slot &slot : slots) slot.full.expected = channel.getCommits(), slot.empty.expected = channel.getReleases();
    }
    return slots[step.use % slots.size()];
  }

  enum class Outcome { Went, Blocked, Failed };

  /// The next handshake of an agent.
  Outcome step(unsigned number) {
    Agent &agent = agents[number];
    const Handshake &step = (*agent.trace)[agent.next];
    Slot &slot = slotOf(step);
    int64_t stages = channels[step.channel].size(), lap = step.use / stages, place = step.use % stages;
    auto fail = [&](const Twine &need, const Twine &have) {
      refuse(step.op, need, have).attachNote(step.channel->getLoc()) << "of this channel";
      return Outcome::Failed;
    };
    if (isa<AcquireOp>(step.op)) {
      if (!slot.empty.isOver((lap & 1) ^ 1)) return Outcome::Blocked;
      for (unsigned consumer : {1u, 2u})
        if (agents[consumer].weight && lap > 0 && slot.released[consumer] < step.use - stages)
          return fail("use " + Twine(step.use - stages) + " of a slot to be released by all before it is filled again",
                      "use " + Twine(step.use) + " finds it still read");
    } else if (isa<CommitOp>(step.op)) {
      slot.holds = step.use;
      if (!slot.full.arrive(agent.weight))
        return fail("one commit a use", "use " + Twine(step.use) + " of the slot is committed when it is full");
    } else if (isa<WaitOp>(step.op)) {
      if (!slot.full.isOver(lap & 1)) return Outcome::Blocked;
      if (slot.holds != step.use)
        return fail("a slot that holds use " + Twine(step.use), "it holds use " + Twine(slot.holds));
      agent.waited[{step.channel, place}] = step.use + 1;
    } else {
      if (agent.waited[{step.channel, place}] != step.use + 1)
        return fail("every use to be waited for before it is released", "use " + Twine(step.use) + " is not");
      slot.released[number] = step.use;
      if (!slot.empty.arrive(agent.weight))
        return fail("one release a use", "use " + Twine(step.use) + " is released twice");
    }
    ++agent.next;
    return Outcome::Went;
  }

  /// Runs all agents to their ends, whoever comes first in `order` as far as it gets.
  LogicalResult run(ArrayRef<unsigned> order) {
    for (bool moved = true; moved;) {
      moved = false;
      for (unsigned number : order) {
        while (agents[number].next < agents[number].trace->size()) {
          Outcome outcome = step(number);
          if (outcome == Outcome::Failed) return failure();
          if (outcome == Outcome::Blocked) break;
          moved = true;
        }
        if (moved) break; // back to the first
      }
    }
    for (Agent &agent : agents)
      if (agent.next < agent.trace->size()) {
        const Handshake &stuck = (*agent.trace)[agent.next];
        InFlightDiagnostic diagnostic =
            refuse(stuck.op, "a signal for every wait",
                   stuck.op->getName().getStringRef() + " of use " + Twine(stuck.use) + " waits for ever");
        diagnostic.attachNote(stuck.channel->getLoc()) << "of this channel";
        return failure();
      }
    return success();
  }
};

struct VerifyHandshake : impl::VerifyHandshakeBase<VerifyHandshake> {
  using Base::Base;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    for (RolesOp roles : getOperation().getBody().getOps<RolesOp>())
      if (failed(verify(roles))) return signalPassFailure();
  }

  LogicalResult verify(RolesOp roles) {
    int64_t mostStages = 1;
    for (MakeChannelOp channel : getOperation().getBody().getOps<MakeChannelOp>()) {
      mostStages = std::max(mostStages, channel.getType().getStages());
      int64_t commits = roles.getProducerWarps() * 32, releases = roles.getConsumerWarps();
      if (int64_t(channel.getCommits()) != commits)
        return refuse(channel, "as many arrivals at a full slot as the producer has threads, " + Twine(commits),
                      "the channel counts to " + Twine(channel.getCommits()));
      if (int64_t(channel.getReleases()) != releases)
        return refuse(channel, "as many arrivals at an empty slot as the consumers have warps, " + Twine(releases),
                      "the channel counts to " + Twine(channel.getReleases()));
    }
    if (failed(verifySameTurns(roles)) || failed(verifyProductsInFlight(roles.getConsumer()))) return failure();
    for (int64_t turns : {int64_t(1), mostStages, 2 * mostStages + 1}) {
      // Rows that take part in all work, in none, and in every other turn's.
      std::array<std::vector<Handshake>, 3> consumers;
      std::vector<Handshake> producer;
      if (failed(traceHandshakes(roles.getProducer(), turns, TakesPart::Always, producer))) return failure();
      for (TakesPart part : {TakesPart::Always, TakesPart::Never, TakesPart::EveryOther})
        if (failed(traceHandshakes(roles.getConsumer(), turns, part, consumers[size_t(part)]))) return failure();
      for (auto [one, other] : {std::pair(0, 0), std::pair(0, 1), std::pair(1, 2)}) {
        std::array<unsigned, 3> order = {0, 1, 2};
        do {
          Simulation simulation(roles, producer, consumers[one], consumers[other]);
          if (failed(simulation.run(order))) return failure();
        } while (std::next_permutation(order.begin(), order.end()));
      }
    }
    return success();
  }
};
} // namespace
} // namespace mlir::msa
