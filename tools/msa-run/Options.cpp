#include "Options.h"
#include <cstdlib>
#include <functional>

namespace msa {

const char *helpText() {
  return R"(usage: msa-run ARTIFACT.msab [options]

Runs compiled programs on the CPU or a GPU, checks them against the fp64 reference and times them. Needs neither LLVM nor CUDA
to be installed; a GPU needs its driver.

What to run
  --list               show the programs, their targets and arguments, and stop
  --program=NAME       one program (default: every one in the artifact)
  --target=TARGET      auto (default: MSA_TARGET, else the best for this machine), all, cpu, sm_80, sm_90a, ...
  --device=N           GPU number (default 0)

Inputs: random, made to fit what each argument means
  --seed=N             (default 1)
  --batch=N            requests (default 2)
  --q-len=N            query tokens of a request (default 4)
  --kv-len=N           keys of a request (default: about three and a half blocks)
  --ragged             lengths vary up to those; 0, 1 and block +- 1 are among them
  --overlap=P          chance that a query keeps a block of its predecessor, where the selection is an input (default 0)
  --kv-memory=HOW      how K and V lie: plain (default), padded, interleaved, stacked, swapped
  --kv-pool=PAGES      requests share a pool of pages, for contexts that would not fit in memory (default: each page has one owner)
  --data=KIND          auto (default: integers where they decide a selection, else normal), normal, integers
  --set NAME=N         any other size: total_q, total_k, seqlen_k, num_pages, max_pages, max_blocks, topk, ARGUMENT.DIMENSION
  --no-poison          leave zeros where no visible key lies (default: NaN, which a right program never reads)
  --inputs=DIR         instead: one NAME.npy an input (bf16 as uint16 bits), or a call that MSA_LOG_INPUTS wrote

Checking
  --verify             compare with the reference; a difference beyond the tolerances makes the exit code 1
  --verify-rows=N      compare N query tokens, drawn at random (default: all if that takes a few seconds, else as many as do)
  --check              only check lengths, page tables and selections of the inputs, and stop
  --debug              as MSA_DEBUG=1: check addresses, lengths, page tables and selections before each launch
  --log-inputs=DIR     as MSA_LOG_INPUTS=DIR: write each run's inputs down before it, to be run again with --inputs
  --repeat=N           run N times and compare the outputs bit by bit
  --deterministic      as --repeat=3 if less; a difference is a failure
  --outputs=DIR        write one NAME.npy an argument, inputs too

Timing
  --bench              median of 20 runs after 5 to warm up: under a CUDA graph, inputs rotated through more than twice the L2. With
                       --verify, what is wrong is not timed
  --per-launch         and where it goes: each launch of a GPU program, timed within whole runs
  --json               one JSON object a line instead of the table

MSA_LOG=info|debug says more; MSA_NUM_THREADS, MSA_TARGET, MSA_LIBCUDA_PATH, MSA_CACHE_DIR,
MSA_OVERRIDE_DIR, MSA_PTXAS_PATH, MSA_DEBUG, MSA_LOG_INPUTS as everywhere.
)";
}

namespace {
using Setter = std::function<std::string(const std::string &)>;

std::string expects(const std::string &what, const std::string &found) {
  return "expects " + what + ", but it is '" + found + "'";
}

template <class Integer> Setter integer(Integer &slot, int64_t least) {
  return [&slot, least](const std::string &text) -> std::string {
    char *end = nullptr;
    long long value = std::strtoll(text.c_str(), &end, 10);
    if (text.empty() || *end || value < least)
      return expects("a whole number, at least " + std::to_string(least), text);
    slot = Integer(value);
    return "";
  };
}

Setter text(std::string &slot) {
  return [&slot](const std::string &value) {
    slot = value;
    return std::string();
  };
}
} // namespace

std::string parseOptions(int count, char **texts, RunOptions &options, bool &help) {
  using reference::RandomSettings;
  RandomSettings &random = options.random;
  const std::map<std::string, bool *> switches = {{"--help", &help},
                                                  {"-h", &help},
                                                  {"--list", &options.list},
                                                  {"--check", &options.check},
                                                  {"--verify", &options.verify},
                                                  {"--bench", &options.bench},
                                                  {"--per-launch", &options.perLaunch},
                                                  {"--json", &options.json},
                                                  {"--deterministic", &options.deterministic},
                                                  {"--ragged", &random.ragged}};
  const std::map<std::string, Setter> values = {
      {"--program", text(options.program)},
      {"--target", text(options.target)},
      {"--inputs", text(options.inputs)},
      {"--outputs", text(options.outputs)},
      {"--device", integer(options.device, 0)},
      {"--seed", integer(random.seed, 0)},
      {"--batch", integer(random.batch, 1)},
      {"--q-len", integer(random.qLen, 1)},
      {"--kv-len", integer(random.kvLen, 0)},
      {"--repeat", integer(options.repeat, 1)},
      {"--verify-rows", integer(options.verifyRows, 1)},
      {"--overlap",
       [&](const std::string &value) {
         char *end = nullptr;
         random.overlap = std::strtod(value.c_str(), &end);
         return value.empty() || *end || random.overlap < 0 || random.overlap > 1
                    ? expects("a number from 0 to 1", value)
                    : std::string();
       }},
      {"--data",
       [&](const std::string &value) {
         for (auto [name, kind] :
              {std::pair("auto", RandomSettings::Kind::Auto), std::pair("normal", RandomSettings::Kind::Normal),
               std::pair("integers", RandomSettings::Kind::Integers)})
           if (value == name) return random.kind = kind, std::string();
         return expects("auto, normal or integers", value);
       }},
      {"--kv-pool", integer(random.kvPool, 1)},
      {"--kv-memory",
       [&](const std::string &value) {
         using KvMemory = RandomSettings::KvMemory;
         for (auto [name, how] : {std::pair("plain", KvMemory::Plain), std::pair("padded", KvMemory::Padded),
                                  std::pair("interleaved", KvMemory::Interleaved),
                                  std::pair("stacked", KvMemory::Stacked), std::pair("swapped", KvMemory::Swapped)})
           if (value == name) return random.kvMemory = how, std::string();
         return expects("plain, padded, interleaved, stacked or swapped", value);
       }},
      {"--set",
       [&](const std::string &value) {
         size_t equals = value.find('=');
         if (equals == std::string::npos) return expects("NAME=NUMBER", value);
         return integer(random.sizes[value.substr(0, equals)], 0)(value.substr(equals + 1));
       }},
      {"--log-inputs",
       [](const std::string &value) {
         return setenv("MSA_LOG_INPUTS", value.c_str(), 1) == 0 ? std::string() : expects("a folder", value);
       }},
      {"--log", [](const std::string &value) {
         return setenv("MSA_LOG", value.c_str(), 1) == 0 ? std::string() : expects("error, info or debug", value);
       }}};

  for (int i = 1; i < count; ++i) {
    std::string word = texts[i], name = word.substr(0, word.find('='));
    if (word.empty() || word[0] != '-') {
      if (!options.artifact.empty())
        return "expects one artifact, but there are '" + options.artifact + "' and '" + word + "'";
      options.artifact = word;
    } else if (auto found = switches.find(word); found != switches.end()) {
      *found->second = true;
    } else if (word == "--no-poison") {
      random.poison = false;
    } else if (word == "--debug") {
      setenv("MSA_DEBUG", "1", 1);
    } else if (auto setter = values.find(name); setter != values.end()) {
      bool joined = name.size() < word.size();
      if (!joined && i + 1 >= count) return name + " expects a value, but the line ends";
      if (std::string problem = setter->second(joined ? word.substr(name.size() + 1) : texts[++i]); !problem.empty())
        return name + " " + problem;
    } else {
      return "knows no option '" + word + "' (see --help)";
    }
  }
  if (!help && options.artifact.empty()) return "expects an artifact (a .msab file), but there is none (see --help)";
  options.bench |= options.perLaunch;
  if (options.deterministic && options.repeat < 3) options.repeat = 3;
  return "";
}

} // namespace msa
