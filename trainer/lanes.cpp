// Trains small networks with the images of a batch side by side in vector registers, and many steps a call.
//
// A convolution of six maps over one grey image is too little work for a general library: its calls cost more than
// its arithmetic. Here sixteen images are one vector, element by element (C, H, W, LANES), so that every multiply is a
// full vector whatever the number of maps; fully connected layers take their vectors along the features instead.
// trainer/lanes.py says which networks come here; the torch path is the reference that the tests compare with.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

// Floats in a vector register, and rows of a product that fit into the registers beside it.
#if defined(__AVX512F__)
constexpr int WIDTH = 16, ROWS = 8, GRADIENT_ROWS = 4;
#elif defined(__AVX2__)
constexpr int WIDTH = 8, ROWS = 6, GRADIENT_ROWS = 2;
#else
constexpr int WIDTH = 4, ROWS = 4, GRADIENT_ROWS = 2;
#endif

constexpr int LANES = 16;             // images that go through the network together
constexpr int VECTORS = LANES / WIDTH;
constexpr int KERNEL = 5, TAPS = KERNEL * KERNEL;
// The gradient is summed in at most so many parts, in a fixed order: the bits do not depend on the threads.
constexpr int GROUPS = 4;

typedef float Vector __attribute__((vector_size(WIDTH * sizeof(float))));
typedef int32_t Integers __attribute__((vector_size(WIDTH * sizeof(float))));
typedef uint8_t Bytes __attribute__((vector_size(WIDTH), aligned(1), may_alias));
typedef float Anywhere __attribute__((vector_size(WIDTH * sizeof(float)), aligned(sizeof(float)), may_alias));

inline Vector load(const float *at) { return *reinterpret_cast<const Anywhere *>(at); }
inline void store(float *at, Vector value) { *reinterpret_cast<Anywhere *>(at) = value; }
inline Vector fill(float value) { return Vector{} + value; }
inline float sum(Vector value) {
  float total = 0, parts[WIDTH];
  store(parts, value);
  for (int half = WIDTH / 2; half; half /= 2)
    for (int i = 0; i < half; i++) parts[i] += parts[i + half];
  total += parts[0];
  return total;
}
inline int padded(int count) { return (count + WIDTH - 1) / WIDTH * WIDTH; }

// Calls body(rows, first) for blocks of up to M rows, with `rows` known to the compiler.
template <int M, class Body> inline void rest(int first, int left, Body body) {
  if constexpr (M > 0) {
    if (left == M) body(std::integral_constant<int, M>{}, first);
    else rest<M - 1>(first, left, body);
  }
}
template <int M, class Body> inline void blocks(int count, Body body) {
  int first = 0;
  for (; first + M <= count; first += M) body(std::integral_constant<int, M>{}, first);
  rest<M - 1>(first, count - first, body);
}

struct Layer {  // as trainer/lanes.py writes it
  int32_t convolution, channels, height, width, outputs, padding;

  int rows() const { return height + 2 * padding; }        // of the padded input
  int columns() const { return width + 2 * padding; }
  int pooled_rows() const { return (rows() - KERNEL + 1) / 2; }
  int pooled_columns() const { return (columns() - KERNEL + 1) / 2; }
  int inputs() const { return channels * height * width; }
  int features() const { return convolution ? outputs * pooled_rows() * pooled_columns() : outputs; }
  int weights() const { return outputs * (convolution ? channels * TAPS : inputs()); }
};

struct Job {  // as trainer/lanes.py writes it; see there for the shapes
  const Layer *layers;
  float *parameters, *gradients, *first_moment, *second_moment;
  const uint8_t *images;
  const int64_t *labels, *order;
  const float *scale, *shift, *rates;
  float *losses;
  int64_t *hits;
  int64_t depth, parameter_count, group_stride, images_in_order, batch, steps, steps_before, adam, threads;
  double momentum, beta2, epsilon, weight_decay, decoupled_decay, label_smoothing;
};

class Buffer {
 public:
  explicit Buffer(size_t count) : data_(static_cast<float *>(operator new(count * sizeof(float), ALIGNED))) {
    std::fill_n(data_, count, 0.0f);
  }
  Buffer(Buffer &&other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  ~Buffer() { operator delete(data_, ALIGNED); }
  operator float *() const { return data_; }

 private:
  static constexpr std::align_val_t ALIGNED{64};
  float *data_;
};

// --- convolutions: (C, H, W, LANES) ---

// total[m] += sum over k of a[m * row + at[k]] * x[from[k]], vectors along the lanes.
template <int M>
inline void dot(Vector (&total)[M][VECTORS], const float *a, int row, const int *at, const float *x, const int *from,
                int taps) {
  for (int k = 0; k < taps; k++) {
    const float *weight = a + at[k], *value = x + from[k];
#pragma GCC unroll 16
    for (int v = 0; v < VECTORS; v++) {
      const Vector pixel = load(value + v * WIDTH);
#pragma GCC unroll 16
      for (int m = 0; m < M; m++) total[m][v] += weight[m * row] * pixel;
    }
  }
}

class Convolution {
 public:
  Convolution(const Layer &layer, bool first)
      : layer(layer), border(first ? 0 : KERNEL - 1 - layer.padding),
        gradient_rows(layer.rows() - KERNEL + 1 + 2 * border),
        gradient_columns(layer.columns() - KERNEL + 1 + 2 * border),
        input(size_t(layer.channels) * layer.rows() * layer.columns() * LANES),
        winner(size_t(layer.features()) * LANES),
        gradient(size_t(layer.outputs) * gradient_rows * gradient_columns * LANES) {
    for (int c = 0; c < layer.channels; c++)
      for (int y = 0; y < KERNEL; y++)
        for (int x = 0; x < KERNEL; x++) {
          taken.push_back(int(taken.size()));
          from.push_back(((c * layer.rows() + y) * layer.columns() + x) * LANES);
        }
    for (int o = 0; o < layer.outputs; o++)
      for (int y = 0; y < KERNEL; y++)
        for (int x = 0; x < KERNEL; x++) {
          back_taken.push_back(o * layer.channels * TAPS + y * KERNEL + x);
          back_from.push_back(((o * gradient_rows + KERNEL - 1 - y) * gradient_columns + KERNEL - 1 - x) * LANES);
        }
  }

  float *pixel(int c, int y, int x) const {
    return input + ((size_t(c) * layer.rows() + y + layer.padding) * layer.columns() + x + layer.padding) * LANES;
  }

  // Convolution, ReLU and 2x2 max-pooling at once: `out` is (outputs, pooled rows, pooled columns, LANES).
  template <class Out> void forward(const float *weight, const float *bias, Out out) {
    const int row = layer.channels * TAPS;
    for (int y = 0; y < layer.pooled_rows(); y++)
      for (int x = 0; x < layer.pooled_columns(); x++)
        blocks<ROWS>(layer.outputs, [&](auto rows, int o) {
          constexpr int M = decltype(rows)::value;
          Vector best[M][VECTORS] = {}, which[M][VECTORS];
          for (int m = 0; m < M; m++)
            for (int v = 0; v < VECTORS; v++) which[m][v] = fill(4);  // none: ReLU cut all four off
          for (int corner = 0; corner < 4; corner++) {
            Vector total[M][VECTORS];
            for (int m = 0; m < M; m++)
              for (int v = 0; v < VECTORS; v++) total[m][v] = fill(bias[o + m]);
            const float *at = input + (size_t(2 * y + corner / 2) * layer.columns() + 2 * x + corner % 2) * LANES;
            dot<M>(total, weight + o * row, row, taken.data(), at, from.data(), row);
            for (int m = 0; m < M; m++)
              for (int v = 0; v < VECTORS; v++) {
                const Integers keep = total[m][v] <= best[m][v];  // so that NaN wins
                best[m][v] = keep ? best[m][v] : total[m][v];
                which[m][v] = keep ? which[m][v] : fill(float(corner));
              }
          }
          for (int m = 0; m < M; m++)
            for (int v = 0; v < VECTORS; v++) {
              store(out(o + m, y, x) + v * WIDTH, best[m][v]);
              store(winner + place(o + m, y, x) + v * WIDTH, which[m][v]);
            }
        });
  }

  // Spreads the pooled gradient (outputs, pooled rows, pooled columns, LANES) over the pixels that won.
  void unpool(const float *pooled, float *bias_gradient, bool add) {
    for (int o = 0; o < layer.outputs; o++) {
      Vector total{};
      for (int y = 0; y < layer.pooled_rows(); y++)
        for (int x = 0; x < layer.pooled_columns(); x++)
          for (int v = 0; v < VECTORS; v++) {
            const size_t at = place(o, y, x) + v * WIDTH;
            const Vector given = load(pooled + at), which = load(winner + at);
            total += which < 4 ? given : Vector{};
            for (int corner = 0; corner < 4; corner++)
              store(slope(o, 2 * y + corner / 2, 2 * x + corner % 2) + v * WIDTH,
                    which == float(corner) ? given : Vector{});
          }
      bias_gradient[o] = (add ? bias_gradient[o] : 0) + sum(total);
    }
  }

  void weight_gradient(float *result, bool add) const {
    const int row = layer.channels * TAPS;
    blocks<GRADIENT_ROWS>(layer.outputs, [&](auto rows, int o) {
      constexpr int M = decltype(rows)::value;
      for (int c = 0; c < layer.channels; c++)
        for (int ky = 0; ky < KERNEL; ky++) {
          Vector total[M][KERNEL] = {};
          for (int y = 0; y < 2 * layer.pooled_rows(); y++) {
            const float *x = input + (size_t(c) * layer.rows() + y + ky) * layer.columns() * LANES, *g[M];
            for (int m = 0; m < M; m++) g[m] = slope(o + m, y, 0);
            for (int i = 0; i < 2 * layer.pooled_columns() * LANES; i += WIDTH) {
              Vector seen[KERNEL];
#pragma GCC unroll 8
              for (int k = 0; k < KERNEL; k++) seen[k] = load(x + i + k * LANES);
#pragma GCC unroll 8
              for (int m = 0; m < M; m++) {
                const Vector given = load(g[m] + i);
#pragma GCC unroll 8
                for (int k = 0; k < KERNEL; k++) total[m][k] += given * seen[k];
              }
            }
          }
          for (int m = 0; m < M; m++)
            for (int k = 0; k < KERNEL; k++) {
              float &at = result[(o + m) * row + c * TAPS + ky * KERNEL + k];
              at = (add ? at : 0) + sum(total[m][k]);
            }
        }
    });
  }

  // The gradient of the input, (channels, height, width, LANES).
  void input_gradient(const float *weight, float *result) const {
    for (int y = 0; y < layer.height; y++)
      for (int x = 0; x < layer.width; x++)
        blocks<ROWS>(layer.channels, [&](auto rows, int c) {
          constexpr int M = decltype(rows)::value;
          Vector total[M][VECTORS] = {};
          dot<M>(total, weight + c * TAPS, TAPS, back_taken.data(),
                 gradient + (size_t(y) * gradient_columns + x) * LANES, back_from.data(), int(back_from.size()));
          for (int m = 0; m < M; m++)
            for (int v = 0; v < VECTORS; v++)
              store(result + ((size_t(c + m) * layer.height + y) * layer.width + x) * LANES + v * WIDTH, total[m][v]);
        });
  }

  const Layer layer;

 private:
  size_t place(int o, int y, int x) const {
    return ((size_t(o) * layer.pooled_rows() + y) * layer.pooled_columns() + x) * LANES;
  }
  float *slope(int o, int y, int x) const {
    return gradient + ((size_t(o) * gradient_rows + y + border) * gradient_columns + x + border) * LANES;
  }

  // Zeros around the gradient, where the input's gradient is wanted too.
  const int border, gradient_rows, gradient_columns;
  Buffer input, winner, gradient;
  std::vector<int> taken, from, back_taken, back_from;
};

// --- fully connected layers: (LANES, features), every row padded to whole vectors ---

struct Linear {
  explicit Linear(const Layer &layer)
      : inputs(layer.inputs()), outputs(layer.outputs), stride(padded(inputs)), input(size_t(LANES) * stride),
        input_slope(size_t(LANES) * stride) {}

  // y[n, o] = sum over i of weight[o, i] * x[n, i] + bias[o]; the vectors past a row's end meet zeros of x.
  void forward(const float *weight, const float *bias, float *out, int out_stride, bool relu) const {
    constexpr int IMAGES = 4;
    blocks<ROWS / 2>(outputs, [&](auto rows, int o) {
      constexpr int M = decltype(rows)::value;
      for (int n = 0; n < LANES; n += IMAGES) {
        Vector total[M][IMAGES] = {};
        for (int i = 0; i < inputs; i += WIDTH) {
          Vector seen[IMAGES];
#pragma GCC unroll 8
          for (int j = 0; j < IMAGES; j++) seen[j] = load(input + (n + j) * stride + i);
#pragma GCC unroll 8
          for (int m = 0; m < M; m++) {
            const Vector w = load(weight + (o + m) * inputs + i);
#pragma GCC unroll 8
            for (int j = 0; j < IMAGES; j++) total[m][j] += w * seen[j];
          }
        }
        for (int m = 0; m < M; m++)
          for (int j = 0; j < IMAGES; j++) {
            const float value = sum(total[m][j]) + bias[o + m];
            out[(n + j) * out_stride + o + m] = relu && value <= 0 ? 0 : value;
          }
      }
    });
  }

  void weight_gradient(const float *slope, int slope_stride, float *weight, float *bias, bool add) const {
    blocks<ROWS>(outputs, [&](auto rows, int o) {
      constexpr int M = decltype(rows)::value;
      for (int i = 0; i < inputs; i += WIDTH) {
        Vector total[M] = {};
        for (int n = 0; n < LANES; n++) {
          const Vector seen = load(input + n * stride + i);
#pragma GCC unroll 16
          for (int m = 0; m < M; m++) total[m] += slope[n * slope_stride + o + m] * seen;
        }
        const int count = std::min(WIDTH, inputs - i);
        for (int m = 0; m < M; m++) {
          float *at = weight + (o + m) * inputs + i;
          if (count == WIDTH) store(at, add ? load(at) + total[m] : total[m]);
          else
            for (int j = 0; j < count; j++) at[j] = (add ? at[j] : 0) + total[m][j];
        }
      }
      for (int m = 0; m < M; m++) {
        float total = 0;
        for (int n = 0; n < LANES; n++) total += slope[n * slope_stride + o + m];
        bias[o + m] = (add ? bias[o + m] : 0) + total;
      }
    });
  }

  // Of what came in, cut off where it was not positive: every input of a layer but the first comes from a ReLU.
  void input_gradient(const float *weight, const float *slope, int slope_stride) {
    blocks<ROWS>(LANES, [&](auto rows, int n) {
      constexpr int M = decltype(rows)::value;
      for (int i = 0; i < inputs; i += WIDTH) {
        Vector total[M] = {};
        for (int o = 0; o < outputs; o++) {
          const Vector w = load(weight + o * inputs + i);
#pragma GCC unroll 16
          for (int m = 0; m < M; m++) total[m] += slope[(n + m) * slope_stride + o] * w;
        }
        for (int m = 0; m < M; m++) {
          const size_t at = (n + m) * stride + i;
          store(input_slope + at, load(input + at) > 0 ? total[m] : Vector{});
        }
      }
    });
  }

  int inputs, outputs, stride;
  Buffer input, input_slope;
};

// --- one thread's network ---

class Network {
 public:
  explicit Network(const Job &job) : job(job) {
    int largest = 0;
    for (int i = 0; i < job.depth; i++) {
      const Layer &layer = job.layers[i];
      if (layer.convolution) convolutions.emplace_back(layer, i == 0);
      else linears.emplace_back(layer);
      largest = std::max({largest, layer.features(), i ? layer.inputs() : 0});
    }
    classes = job.layers[job.depth - 1].outputs;
    logit_stride = padded(classes);
    logits = std::make_unique<Buffer>(size_t(LANES) * logit_stride);
    pooled = std::make_unique<Buffer>(size_t(largest) * LANES);
  }

  // Forward and backward of images order[begin..end), their gradient over `batch` images written or added.
  void learn(int64_t begin, int64_t end, int64_t batch, float *gradient, bool add, double &loss, int64_t &hits) {
    count = int(end - begin);
    rows = job.order + begin;
    read();
    forward();
    judge(float(batch), loss, hits);
    backward(gradient, add);
  }

 private:
  const uint8_t *image(int lane) const { return job.images + rows[lane] * job.layers[0].inputs(); }

  void read() {
    const Layer &layer = job.layers[0];
    const int pixels = layer.height * layer.width;
    if (layer.convolution) {
      const Convolution &to = convolutions[0];
      for (int lane = 0; lane < LANES; lane++) {
        const uint8_t *from = lane < count ? image(lane) : nullptr;
        for (int c = 0; c < layer.channels; c++)
          for (int y = 0; y < layer.height; y++) {
            float *at = to.pixel(c, y, 0) + lane;
            for (int x = 0; x < layer.width; x++, at += LANES)
              *at = from ? float(*from++) * job.scale[c] + job.shift[c] : 0;
          }
      }
      return;
    }
    for (int lane = 0; lane < LANES; lane++) {
      float *at = linears[0].input + lane * linears[0].stride;
      if (lane >= count) {
        std::fill_n(at, layer.inputs(), 0.0f);
        continue;
      }
      const uint8_t *from = image(lane);
      for (int c = 0; c < layer.channels; c++, at += pixels, from += pixels) {
        int i = 0;
        for (; i + WIDTH <= pixels; i += WIDTH)
          store(at + i, __builtin_convertvector(*reinterpret_cast<const Bytes *>(from + i), Vector) * job.scale[c] +
                            job.shift[c]);
        for (; i < pixels; i++) at[i] = float(from[i]) * job.scale[c] + job.shift[c];
      }
    }
  }

  void forward() {
    const float *weight = job.parameters;
    for (size_t i = 0; i < convolutions.size(); i++) {
      Convolution &layer = convolutions[i];
      const float *bias = weight + layer.layer.weights();
      const int height = layer.layer.pooled_rows(), width = layer.layer.pooled_columns();
      if (i + 1 < convolutions.size()) {
        layer.forward(weight, bias, [&](int o, int y, int x) { return convolutions[i + 1].pixel(o, y, x); });
      } else {
        float *out = *pooled;
        layer.forward(weight, bias, [=](int o, int y, int x) { return out + ((o * height + y) * width + x) * LANES; });
        turn(out, linears[0].inputs, LANES, linears[0].input, linears[0].stride);
      }
      weight = bias + layer.layer.outputs;
    }
    for (size_t i = 0; i < linears.size(); i++) {
      const bool last = i + 1 == linears.size();
      const float *bias = weight + linears[i].inputs * linears[i].outputs;
      linears[i].forward(weight, bias, last ? *logits : linears[i + 1].input, last ? logit_stride : linears[i + 1].stride,
                         !last);
      weight = bias + linears[i].outputs;
    }
  }

  // to[j, i] = from[i, j].
  static void turn(const float *from, int height, int width, float *to, int stride) {
    for (int i = 0; i < height; i++)
      for (int j = 0; j < width; j++) to[j * stride + i] = from[i * width + j];
  }

  // Cross-entropy with label smoothing; turns the logits into the gradient of its mean over the batch.
  void judge(float batch, double &loss, int64_t &hits) {
    const float spread = float(job.label_smoothing) / classes, share = 1 - float(job.label_smoothing);
    for (int lane = 0; lane < LANES; lane++) {
      float *row = *logits + lane * logit_stride;
      if (lane >= count) {
        std::fill_n(row, classes, 0.0f);
        continue;
      }
      const int label = int(job.labels[rows[lane]]);
      const int best = int(std::max_element(row, row + classes) - row);
      hits += best == label;
      const float highest = row[best], right = row[label];
      float total = 0, mean = 0;
      for (int c = 0; c < classes; c++) {
        mean += row[c] / classes;
        row[c] = std::exp(row[c] - highest);
        total += row[c];
      }
      const float normaliser = std::log(total) + highest;
      loss += normaliser - share * right - float(job.label_smoothing) * mean;
      for (int c = 0; c < classes; c++) row[c] = (row[c] / total - spread - (c == label ? share : 0)) / batch;
    }
  }

  void backward(float *gradient, bool add) {
    float *at = gradient + job.parameter_count;
    const float *weight = job.parameters + job.parameter_count, *slope = *logits;
    int stride = logit_stride;
    for (size_t i = linears.size(); i-- > 0;) {
      Linear &layer = linears[i];
      const int size = layer.inputs * layer.outputs;
      at -= size + layer.outputs;
      weight -= size + layer.outputs;
      layer.weight_gradient(slope, stride, at, at + size, add);
      if (i || !convolutions.empty()) layer.input_gradient(weight, slope, stride);
      slope = layer.input_slope;
      stride = layer.stride;
    }
    if (!convolutions.empty()) {
      float *out = *pooled;
      for (int i = 0; i < linears[0].inputs; i++)
        for (int lane = 0; lane < LANES; lane++) out[i * LANES + lane] = slope[lane * stride + i];
    }
    for (size_t i = convolutions.size(); i-- > 0;) {
      Convolution &layer = convolutions[i];
      const int size = layer.layer.weights();
      at -= size + layer.layer.outputs;
      weight -= size + layer.layer.outputs;
      layer.unpool(*pooled, at + size, add);
      layer.weight_gradient(at, add);
      if (i) layer.input_gradient(weight, *pooled);
    }
  }

  const Job &job;
  std::vector<Convolution> convolutions;
  std::vector<Linear> linears;
  std::unique_ptr<Buffer> logits, pooled;
  int classes, logit_stride, count = 0;
  const int64_t *rows = nullptr;
};

// --- steps ---

// Threads meet here twice a step. They spin, because a step is shorter than a sleep, but let others run meanwhile.
class Meeting {
 public:
  explicit Meeting(int64_t expected) : expected(expected) {}
  void wait() {
    const int64_t round = rounds.load();
    if (arrived.fetch_add(1) + 1 == expected) {
      arrived.store(0);
      rounds.fetch_add(1);
      return;
    }
    for (int spins = 0; rounds.load(std::memory_order_acquire) == round; spins++)
      if (spins > 2000) std::this_thread::yield();
  }

 private:
  const int64_t expected;
  std::atomic<int64_t> arrived{0}, rounds{0};
};

// SGD with momentum (as torch writes it), Adam (Kingma and Ba, 2014) or AdamW (Loshchilov and Hutter, 2017).
void update(const Job &job, int64_t step, int groups, int64_t begin, int64_t end) {
  float *p = job.parameters, *g = job.gradients, *m = job.first_moment, *v = job.second_moment;
  const float rate = job.rates[step], momentum = float(job.momentum), decay = float(job.weight_decay);
  for (int group = 1; group < groups; group++) {
    const float *other = g + group * job.group_stride;
    for (int64_t i = begin; i < end; i++) g[i] += other[i];
  }
  if (!job.adam) {
    for (int64_t i = begin; i < end; i++) {
      m[i] = momentum * m[i] + (g[i] + decay * p[i]);
      p[i] -= rate * m[i];
    }
    return;
  }
  const double number = double(job.steps_before + step + 1);
  const float size = float(job.rates[step] / (1 - std::pow(job.momentum, number)));
  const float correction = float(std::sqrt(1 - std::pow(job.beta2, number)));
  const float beta2 = float(job.beta2), epsilon = float(job.epsilon), shrink = 1 - rate * float(job.decoupled_decay);
  for (int64_t i = begin; i < end; i++) {
    const float slope = g[i] + decay * p[i];
    m[i] += (1 - momentum) * (slope - m[i]);
    v[i] = beta2 * v[i] + (1 - beta2) * slope * slope;
    p[i] = shrink * p[i] - size * m[i] / (std::sqrt(v[i]) / correction + epsilon);
  }
}

struct Tally {
  double loss;
  int64_t hits;
};

void work(const Job &job, int64_t thread, Meeting &meeting, std::vector<Tally> &tallies) {
  Network network(job);
  for (int64_t step = 0; step < job.steps; step++) {
    const int64_t begin = step * job.batch, end = std::min(begin + job.batch, job.images_in_order);
    const int64_t parts = (end - begin + LANES - 1) / LANES, groups = std::min<int64_t>(GROUPS, parts);
    for (int64_t group = thread; group < groups; group += job.threads) {
      Tally tally{};
      const int64_t from = parts * group / groups, to = parts * (group + 1) / groups;
      for (int64_t part = from; part < to; part++)
        network.learn(begin + part * LANES, std::min(begin + (part + 1) * LANES, end), end - begin,
                      job.gradients + group * job.group_stride, part > from, tally.loss, tally.hits);
      tallies[group] = tally;
    }
    meeting.wait();
    if (thread == 0) {
      double loss = 0;
      for (int64_t group = 0; group < groups; group++) {
        loss += tallies[group].loss;
        *job.hits += tallies[group].hits;
      }
      job.losses[step] = float(loss / double(end - begin));
    }
    update(job, step, int(groups), job.parameter_count * thread / job.threads,
           job.parameter_count * (thread + 1) / job.threads);
    meeting.wait();
  }
}

}  // namespace

extern "C" void epochyard_train(const Job *job) {
  Meeting meeting(job->threads);
  std::vector<Tally> tallies(GROUPS);
  std::vector<std::thread> others;
  for (int64_t thread = 1; thread < job->threads; thread++)
    others.emplace_back([&, thread] { work(*job, thread, meeting, tallies); });
  work(*job, 0, meeting, tallies);
  for (std::thread &other : others) other.join();
}
