// Programs of the graphics card; `blocks.rs`, `runs.rs` and `squares.rs` say what each computes. Compiled by NVRTC, which has no headers.

typedef unsigned long long size;
// The upper half of a 32-bit float.
typedef unsigned short brain_float;

__device__ __forceinline__ float number(float value) { return value; }
__device__ __forceinline__ float number(brain_float value) { return __uint_as_float((unsigned)value << 16); }

__device__ __forceinline__ void put(float* place, float value) { *place = value; }

// To the nearest, ties to even.
__device__ __forceinline__ void put(brain_float* place, float value) {
    const unsigned bits = __float_as_uint(value);
    *place = (brain_float)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

#define WARP 32
#define WARPS 8

// One thread per sum.
template <typename Real>
__device__ __forceinline__ void add_squares(float* sums, const Real* values, size width, size count) {
    const size place = (size)blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= width) return;
    float sum = sums[place];
    for (size row = 0; row < count; ++row) {
        const float value = number(values[row * width + place]);
        sum += value * value;
    }
    sums[place] = sum;
}

extern "C" __global__ void add_squares_f32(float* sums, const float* values, size width, size count) {
    add_squares(sums, values, width, count);
}

extern "C" __global__ void add_squares_bf16(float* sums, const brain_float* values, size width, size count) {
    add_squares(sums, values, width, count);
}

// One group of threads per tile of buckets, matrix and strip of the tile's parts: what these parts add to the buckets. A thread has one bucket, so that
// neighbours read neighbouring columns, and parts come in their order, so that the sum is always the same.
// tiles: where each tile's parts begin in `parts`, and where the last one's end. partial: [strips, matrices, width]
template <typename Real>
__device__ __forceinline__ void sketch_strip(float* __restrict__ partial, const Real* __restrict__ matrices,
                                             const float* __restrict__ scales, const unsigned* __restrict__ starts,
                                             const unsigned* __restrict__ tiles, const unsigned* __restrict__ parts, size rows, size columns, size width) {
    const size bucket = (size)blockIdx.x * blockDim.x + threadIdx.x;
    if (bucket >= width) return;
    const unsigned of_row = (unsigned)((columns + width - 1) / width);
    const size begin = tiles[blockIdx.x], count = tiles[blockIdx.x + 1] - begin;
    const size first = begin + count * blockIdx.z / gridDim.z, last = begin + count * (blockIdx.z + 1) / gridDim.z;
    const Real* values = matrices + blockIdx.y * rows * columns;
    float sum = 0;
#pragma unroll 4
    for (size index = first; index < last; ++index) {
        const unsigned part = parts[index], start = starts[part];
        const size column = part % of_row * width + (bucket >= start ? bucket - start : bucket + width - start);
        const size place = (size)(part / of_row) * columns + column;
        if (column < columns) sum += number(values[place]) * scales[place];
    }
    partial[((size)blockIdx.z * gridDim.y + blockIdx.y) * width + bucket] = sum;
}

extern "C" __global__ void sketch_strip_f32(float* partial, const float* matrices, const float* scales, const unsigned* starts,
                                            const unsigned* tiles, const unsigned* parts, size rows, size columns, size width) {
    sketch_strip(partial, matrices, scales, starts, tiles, parts, rows, columns, width);
}

extern "C" __global__ void sketch_strip_bf16(float* partial, const brain_float* matrices, const float* scales, const unsigned* starts,
                                             const unsigned* tiles, const unsigned* parts, size rows, size columns, size width) {
    sketch_strip(partial, matrices, scales, starts, tiles, parts, rows, columns, width);
}

// Strips in their order, so that the sum is always the same.
extern "C" __global__ void add_strips(float* sketches, const float* partial, size count, size strips) {
    const size place = (size)blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= count) return;
    float sum = sketches[place];
    for (size strip = 0; strip < strips; ++strip) sum += partial[strip * count + place];
    sketches[place] = sum;
}

// product * 2^(exponent - base), towards zero; a product has 31 bits.
__device__ __forceinline__ long long moved(int product, int exponent, int base) {
    const int up = exponent - base;
    if (up >= 0) return (long long)product * (1LL << up);
    if (up >= -31) return (long long)product / (1LL << -up);
    return 0;
}

__device__ __forceinline__ int dot(int4 left, int4 right, int sum) {
    sum = __dp4a(left.x, right.x, sum);
    sum = __dp4a(left.y, right.y, sum);
    sum = __dp4a(left.z, right.z, sum);
    return __dp4a(left.w, right.w, sum);
}

// One group of warps per block of rows and QUERIES queries. A warp takes ROWS rows at a time, its lanes 16 bytes each: what is read of a
// query serves all of these rows, and the other way round. Integers add up to the same in any order.
// bounds: first row and end of every block. sums: [blocks, queries]. steps: 16ths of the width.
template <int ROWS, int QUERIES>
__device__ __forceinline__ void block_sums(long long* sums, const int4* rows, const signed char* exponents, const int4* queries,
                                           const unsigned* bounds, size steps, unsigned query_count, int base, int absolute) {
    __shared__ long long of_warps[WARPS][QUERIES];
    const unsigned warp = threadIdx.x / WARP, lane = threadIdx.x % WARP, first_query = blockIdx.y * QUERIES;
    const size first = bounds[2 * blockIdx.x], end = bounds[2 * blockIdx.x + 1];
    long long own[QUERIES] = {};
    for (size row = first + warp * ROWS; row < end; row += WARPS * ROWS) {
        int products[ROWS][QUERIES] = {};
        for (size step = lane; step < steps; step += WARP) {
            int4 query[QUERIES];
#pragma unroll
            for (int index = 0; index < QUERIES; ++index) {
                const unsigned rank = first_query + index < query_count ? first_query + index : query_count - 1;
                query[index] = queries[rank * steps + step];
            }
#pragma unroll
            for (int index = 0; index < ROWS; ++index) {
                const int4 values = rows[(row + index < end ? row + index : end - 1) * steps + step];
#pragma unroll
                for (int other = 0; other < QUERIES; ++other)
                    products[index][other] = dot(values, query[other], products[index][other]);
            }
        }
#pragma unroll
        for (int index = 0; index < ROWS; ++index) {
#pragma unroll
            for (int other = 0; other < QUERIES; ++other) {
                int product = products[index][other];
                for (int distance = WARP / 2; distance > 0; distance /= 2)
                    product += __shfl_xor_sync(0xffffffffu, product, distance);
                if (row + index < end) {
                    const long long value = moved(product, exponents[row + index], base);
                    own[other] += absolute && value < 0 ? -value : value;
                }
            }
        }
    }
    if (lane == 0)
        for (int index = 0; index < QUERIES; ++index) of_warps[warp][index] = own[index];
    __syncthreads();
    if (threadIdx.x < QUERIES && first_query + threadIdx.x < query_count) {
        long long sum = 0;
        for (int index = 0; index < WARPS; ++index) sum += of_warps[index][threadIdx.x];
        sums[(size)blockIdx.x * query_count + first_query + threadIdx.x] = sum;
    }
}

extern "C" __global__ void block_sums_1(long long* sums, const int4* rows, const signed char* exponents, const int4* queries,
                                        const unsigned* bounds, size steps, unsigned query_count, int base, int absolute) {
    block_sums<4, 1>(sums, rows, exponents, queries, bounds, steps, query_count, base, absolute);
}

extern "C" __global__ void block_sums_4(long long* sums, const int4* rows, const signed char* exponents, const int4* queries,
                                        const unsigned* bounds, size steps, unsigned query_count, int base, int absolute) {
    block_sums<4, 4>(sums, rows, exponents, queries, bounds, steps, query_count, base, absolute);
}

__device__ __forceinline__ float sum_of_lanes(float value) {
    for (int distance = WARP / 2; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
    return value;
}

__device__ __forceinline__ float largest_of_lanes(float value) {
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        const float other = __shfl_xor_sync(0xffffffffu, value, distance);
        value = other > value ? other : value;
    }
    return value;
}

// One warp per row of scores. A row sees the columns from its position's first to its position.
template <typename Real>
__device__ __forceinline__ void softmax(Real* weights, const Real* scores, const unsigned* first, size rows, size length, size rows_of_block,
                                        size firsts, float scale) {
    const size row = (size)blockIdx.x * WARPS + threadIdx.x / WARP, lane = threadIdx.x % WARP;
    if (row >= rows) return;
    const size position = row % length, start = first[(row / rows_of_block * length + position) % firsts];
    const Real* own = scores + row * length;
    float largest = -3.4e38f, sum = 0;
    for (size column = start + lane; column <= position; column += WARP) {
        const float score = number(own[column]);
        largest = score > largest ? score : largest;
    }
    largest = largest_of_lanes(largest);
    for (size column = start + lane; column <= position; column += WARP) sum += expf(scale * (number(own[column]) - largest));
    const float share = 1 / sum_of_lanes(sum);
    for (size column = lane; column < length; column += WARP) {
        const bool seen = column >= start && column <= position;
        put(weights + row * length + column, seen ? expf(scale * (number(own[column]) - largest)) * share : 0);
    }
}

extern "C" __global__ void softmax_f32(float* weights, const float* scores, const unsigned* first, size rows, size length,
                                       size rows_of_block, size firsts, float scale) {
    softmax(weights, scores, first, rows, length, rows_of_block, firsts, scale);
}

extern "C" __global__ void softmax_bf16(brain_float* weights, const brain_float* scores, const unsigned* first, size rows, size length,
                                        size rows_of_block, size firsts, float scale) {
    softmax(weights, scores, first, rows, length, rows_of_block, firsts, scale);
}

// One warp per row.
template <typename Real>
__device__ __forceinline__ void softmax_backward(Real* by_scores, const Real* weights, const Real* by_weights, size rows, size length, float scale) {
    const size row = (size)blockIdx.x * WARPS + threadIdx.x / WARP, lane = threadIdx.x % WARP;
    if (row >= rows) return;
    const Real *own = weights + row * length, *gradients = by_weights + row * length;
    float along = 0;
    for (size column = lane; column < length; column += WARP) along += number(own[column]) * number(gradients[column]);
    along = sum_of_lanes(along);
    for (size column = lane; column < length; column += WARP)
        put(by_scores + row * length + column, scale * number(own[column]) * (number(gradients[column]) - along));
}

extern "C" __global__ void softmax_backward_f32(float* by_scores, const float* weights, const float* by_weights, size rows, size length,
                                                float scale) {
    softmax_backward(by_scores, weights, by_weights, rows, length, scale);
}

extern "C" __global__ void softmax_backward_bf16(brain_float* by_scores, const brain_float* weights, const brain_float* by_weights, size rows,
                                                 size length, float scale) {
    softmax_backward(by_scores, weights, by_weights, rows, length, scale);
}
