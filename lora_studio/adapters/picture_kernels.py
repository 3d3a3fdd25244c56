"""Kernels of our own for what surrounds attention: compiled for a card at first use, by the compiler that torch has.

For group norms torch gives each group of channels to one of the card's processors, of which most stay idle then; here
every channel has one. Pictures are turned from channels to rows of features and back by tiles, in memory that is near.
Weights in 8 bit are unpacked many at a time. Numbers are 16 bit in memory and float32 while computing.
"""

from __future__ import annotations

import ctypes
import logging
import math
import struct
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

log = logging.getLogger(__name__)

KERNELS = ("row_moments", "apply", "gradient_sums", "gradient", "joined", "turned", "unpacked")
PACKS = (8, 1)  # numbers that a thread reads at once; each has to be compiled
MOST_THREADS = 512
TURNED_TILE = 64
NOT_HERE = "kernels of our own are not used here, and steps stay slower: "
TOLERANCE = 0.02  # of what is compared with torch's own at first use; two ways of rounding to 16 bit differ by 0.004

_CODE = r"""
typedef unsigned short number;
struct alignas(2 * PACK) pack { number at[PACK]; };
#define WIDE (PACK > 1 ? 2 : 1)
struct alignas(2 * WIDE) piece { number at[WIDE]; };

#if IS_BF16
__device__ float wide(number value) { return __uint_as_float((unsigned)value << 16); }
__device__ number narrow(float value) {
    unsigned bits = __float_as_uint(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
    return (number)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
#else
__device__ float wide(number value) {
    float result; asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value)); return result;
}
__device__ number narrow(float value) {
    number result; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result) : "f"(value)); return result;
}
#endif

// The sums of two numbers over a block, for its first thread.
__device__ float2 sum_of_block(float2 own) {
    __shared__ float2 parts[32];
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = (blockDim.x + 31) >> 5;
    for (int step = 16; step; step >>= 1) {
        own.x += __shfl_down_sync(0xffffffffu, own.x, step);
        own.y += __shfl_down_sync(0xffffffffu, own.y, step);
    }
    if (!lane) parts[warp] = own;
    __syncthreads();
    if (!warp) {
        own = lane < warps ? parts[lane] : make_float2(0.f, 0.f);
        for (int step = 16; step; step >>= 1) {
            own.x += __shfl_down_sync(0xffffffffu, own.x, step);
            own.y += __shfl_down_sync(0xffffffffu, own.y, step);
        }
    }
    return own;
}

__device__ float sum_of_warp(float own) {
    for (int step = 16; step; step >>= 1) own += __shfl_xor_sync(0xffffffffu, own, step);
    return own;
}

// Mean and inverse deviation of the group that this block's channel belongs to, for all threads.
__device__ float2 moments_of_group(const float2* rows, int channels_each, int places, int eps_bits) {
    __shared__ float2 found;
    if (threadIdx.x < 32) {
        const float2* first = rows + blockIdx.x / channels_each * channels_each;
        float mean = 0.f, apart = 0.f;
        for (int at = threadIdx.x; at < channels_each; at += 32) mean += first[at].x;
        mean = sum_of_warp(mean) / channels_each;
        for (int at = threadIdx.x; at < channels_each; at += 32) {
            float distance = first[at].x - mean;
            apart += first[at].y + places * distance * distance;
        }
        apart = sum_of_warp(apart) / ((float)channels_each * places);
        if (!threadIdx.x) found = make_float2(mean, rsqrtf(apart + __int_as_float(eps_bits)));
    }
    __syncthreads();
    return found;
}

// Of each channel: its mean, and the sum of squared distances from it.
extern "C" __global__ void row_moments(
    const number* x, const number* shift, int is_shifted, float2* rows, int places
) {
    const pack* row = (const pack*)(x + (size_t)blockIdx.x * places);
    float more = is_shifted ? wide(shift[blockIdx.x]) : 0.f;
    float pivot = wide(x[(size_t)blockIdx.x * places]);
    float2 sums = make_float2(0.f, 0.f);
    for (int at = threadIdx.x; at < places / PACK; at += blockDim.x) {
        pack read = row[at];
        #pragma unroll
        for (int number_at = 0; number_at < PACK; ++number_at) {
            float distance = wide(read.at[number_at]) - pivot;
            sums.x += distance;
            sums.y += distance * distance;
        }
    }
    sums = sum_of_block(sums);
    if (!threadIdx.x) rows[blockIdx.x] = make_float2(pivot + more + sums.x / places, sums.y - sums.x * sums.x / places);
}

extern "C" __global__ void apply(
    const number* x, const number* shift, int is_shifted, const float2* rows, const number* weight, const number* bias,
    number* answer, int places, int channels, int channels_each, int has_silu, int eps_bits
) {
    float2 moments = moments_of_group(rows, channels_each, places, eps_bits);
    int channel = blockIdx.x % channels;
    float more = is_shifted ? wide(shift[blockIdx.x]) : 0.f;
    float scale = moments.y * wide(weight[channel]);
    float offset = wide(bias[channel]) + (more - moments.x) * scale;
    const pack* row = (const pack*)(x + (size_t)blockIdx.x * places);
    pack* out = (pack*)(answer + (size_t)blockIdx.x * places);
    for (int at = threadIdx.x; at < places / PACK; at += blockDim.x) {
        pack read = row[at], written;
        #pragma unroll
        for (int number_at = 0; number_at < PACK; ++number_at) {
            float inner = scale * wide(read.at[number_at]) + offset;
            written.at[number_at] = narrow(has_silu ? inner / (1.f + __expf(-inner)) : inner);
        }
        out[at] = written;
    }
}

// What flows back through the SiLU.
__device__ float through(float gradient, float inner, int has_silu) {
    if (!has_silu) return gradient;
    float share = 1.f / (1.f + __expf(-inner));
    return gradient * share * (1.f + inner * (1.f - share));
}

// Of each channel: the sum of what flows back into the norm's answer, and of that times the normed input.
extern "C" __global__ void gradient_sums(
    const number* onward, const number* x, const number* shift, int is_shifted, const float2* rows,
    const number* weight, const number* bias, float2* sums_of_rows, int places, int channels, int channels_each,
    int has_silu, int eps_bits
) {
    float2 moments = moments_of_group(rows, channels_each, places, eps_bits);
    int channel = blockIdx.x % channels;
    float more = (is_shifted ? wide(shift[blockIdx.x]) : 0.f) - moments.x;
    float factor = wide(weight[channel]), addend = wide(bias[channel]);
    const pack* row = (const pack*)(x + (size_t)blockIdx.x * places);
    const pack* back = (const pack*)(onward + (size_t)blockIdx.x * places);
    float2 sums = make_float2(0.f, 0.f);
    for (int at = threadIdx.x; at < places / PACK; at += blockDim.x) {
        pack read = row[at], given = back[at];
        #pragma unroll
        for (int number_at = 0; number_at < PACK; ++number_at) {
            float normed = (wide(read.at[number_at]) + more) * moments.y;
            float gradient = through(wide(given.at[number_at]), normed * factor + addend, has_silu);
            sums.x += gradient;
            sums.y += gradient * normed;
        }
    }
    sums = sum_of_block(sums);
    if (!threadIdx.x) sums_of_rows[blockIdx.x] = make_float2(sums.x * factor, sums.y * factor);
}

extern "C" __global__ void gradient(
    const number* onward, const number* x, const number* shift, int is_shifted, const float2* rows,
    const float2* sums_of_rows, const number* weight, const number* bias, number* answer, int places, int channels,
    int channels_each, int has_silu, int eps_bits
) {
    float2 moments = moments_of_group(rows, channels_each, places, eps_bits);
    __shared__ float2 means;
    if (threadIdx.x < 32) {
        const float2* first = sums_of_rows + blockIdx.x / channels_each * channels_each;
        float2 own = make_float2(0.f, 0.f);
        for (int at = threadIdx.x; at < channels_each; at += 32) {
            own.x += first[at].x;
            own.y += first[at].y;
        }
        float count = (float)channels_each * places;
        own = make_float2(sum_of_warp(own.x) / count, sum_of_warp(own.y) / count);
        if (!threadIdx.x) means = own;
    }
    __syncthreads();
    int channel = blockIdx.x % channels;
    float more = (is_shifted ? wide(shift[blockIdx.x]) : 0.f) - moments.x;
    float factor = wide(weight[channel]), addend = wide(bias[channel]);
    const pack* row = (const pack*)(x + (size_t)blockIdx.x * places);
    const pack* back = (const pack*)(onward + (size_t)blockIdx.x * places);
    pack* out = (pack*)(answer + (size_t)blockIdx.x * places);
    for (int at = threadIdx.x; at < places / PACK; at += blockDim.x) {
        pack read = row[at], given = back[at], written;
        #pragma unroll
        for (int number_at = 0; number_at < PACK; ++number_at) {
            float normed = (wide(read.at[number_at]) + more) * moments.y;
            float own = through(wide(given.at[number_at]), normed * factor + addend, has_silu) * factor;
            written.at[number_at] = narrow(moments.y * (own - means.x - normed * means.y));
        }
        out[at] = written;
    }
}

extern "C" __global__ void joined(
    const number* first, const number* second, const number* bias, number* answer, int places, int channels
) {
    float more = wide(bias[blockIdx.x % channels]);
    const pack* one = (const pack*)(first + (size_t)blockIdx.x * places);
    const pack* other = (const pack*)(second + (size_t)blockIdx.x * places);
    pack* out = (pack*)(answer + (size_t)blockIdx.x * places);
    for (int at = threadIdx.x; at < places / PACK; at += blockDim.x) {
        pack left = one[at], right = other[at], written;
        #pragma unroll
        for (int number_at = 0; number_at < PACK; ++number_at)
            written.at[number_at] = narrow(wide(left.at[number_at]) + wide(right.at[number_at]) + more);
        out[at] = written;
    }
}

// Whole numbers of 8 bit times their row's scale.
struct alignas(PACK) small_pack { signed char at[PACK]; };
extern "C" __global__ void unpacked(const signed char* numbers, const number* scale, number* answer, int places) {
    float factor = wide(scale[blockIdx.x]);
    const small_pack* row = (const small_pack*)(numbers + (size_t)blockIdx.x * places);
    pack* out = (pack*)(answer + (size_t)blockIdx.x * places);
    for (int at = threadIdx.x; at < places / PACK; at += blockDim.x) {
        small_pack read = row[at];
        pack written;
        #pragma unroll
        for (int number_at = 0; number_at < PACK; ++number_at)
            written.at[number_at] = narrow(read.at[number_at] * factor);
        out[at] = written;
    }
}

// From (batch, rows, columns) to (batch, columns, rows), plus what lies there so, plus a number for each column.
extern "C" __global__ void turned(
    const number* source, const number* addend, int has_addend, const number* bias, int has_bias, number* answer,
    int rows, int columns
) {
    __shared__ number tile[64][66];
    size_t picture = (size_t)blockIdx.z * rows * columns;
    int first_row = blockIdx.y * 64, first_column = blockIdx.x * 64;
    for (int at = threadIdx.y; at < 64; at += blockDim.y) {
        int row = first_row + at;
        for (int along = WIDE * threadIdx.x; along < 64; along += WIDE * 32) {
            int column = first_column + along;
            if (row >= rows || column >= columns) continue;
            piece read = *(const piece*)(source + picture + (size_t)row * columns + column);
            #pragma unroll
            for (int part = 0; part < WIDE; ++part) tile[at][along + part] = read.at[part];
        }
    }
    __syncthreads();
    for (int at = threadIdx.y; at < 64; at += blockDim.y) {
        int column = first_column + at;
        if (column >= columns) continue;
        float more = has_bias ? wide(bias[column]) : 0.f;
        for (int along = WIDE * threadIdx.x; along < 64; along += WIDE * 32) {
            int row = first_row + along;
            if (row >= rows) continue;
            size_t place = picture + (size_t)column * rows + row;
            piece there, written;
            if (has_addend) there = *(const piece*)(addend + place);
            #pragma unroll
            for (int part = 0; part < WIDE; ++part) {
                number own = tile[along + part][at];
                if (has_addend) own = narrow(wide(own) + wide(there.at[part]) + more);
                else if (has_bias) own = narrow(wide(own) + more);
                written.at[part] = own;
            }
            *(piece*)(answer + place) = written;
        }
    }
}
"""

Kernels = Mapping[str, Any]


def can_compute(x: Tensor) -> bool:
    """Whether the kernels take numbers of this format, on this card."""
    return x.is_cuda and x.dtype in (torch.float16, torch.bfloat16) and _checked(x.dtype, x.device.index)


def normed(x: Tensor, shift: Tensor | None, norm: nn.GroupNorm, has_silu: bool) -> tuple[Tensor, Tensor]:
    """The norm's answer to a picture, with its SiLU if wanted, and what the way back needs beside `x`.

    Args:
        x: (batch, channels, height, width), laid out so, 16 bit on a card.
        shift: Added to each channel before, (batch, channels), of the same format; None for nothing.
    """
    moments = torch.empty(x.shape[0] * x.shape[1], 2, device=x.device, dtype=torch.float32)
    _launch("row_moments", x, x, *_shifted(x, shift), moments)
    answer = torch.empty_like(x)
    _launch("apply", x, x, *_shifted(x, shift), moments, norm.weight, norm.bias, answer, norm=norm, has_silu=has_silu)
    return answer, moments


def normed_backward(
    gradient: Tensor, x: Tensor, shift: Tensor | None, moments: Tensor, norm: nn.GroupNorm, has_silu: bool
) -> Tensor:
    """The gradient of `x`, given that of what `normed` answered, laid out alike."""
    sums, back = torch.empty_like(moments), torch.empty_like(x)
    given = (gradient, x, *_shifted(x, shift), moments)
    _launch("gradient_sums", x, *given, norm.weight, norm.bias, sums, norm=norm, has_silu=has_silu)
    _launch("gradient", x, *given, sums, norm.weight, norm.bias, back, norm=norm, has_silu=has_silu)
    return back


def joined(first: Tensor, second: Tensor, bias: Tensor) -> Tensor:
    """Two pictures, (batch, channels, height, width), laid out so, and a bias, (channels,), added up."""
    answer = torch.empty_like(first)
    _launch("joined", first, first, second, bias, answer, first.shape[1])
    return answer


def turned(source: Tensor, addend: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
    """(batch, rows, columns) as (batch, columns, rows), laid out so; plus an addend of that shape and (columns,)."""
    batch, rows, columns = source.shape
    answer = source.new_empty(batch, columns, rows)
    given = (source, addend if addend is not None else source, bias if bias is not None else source, answer)
    pack = _pack(math.gcd(rows, columns), given)
    numbers = [given[0], given[1], int(addend is not None), given[2], int(bias is not None), answer, rows, columns]
    grid = (-(-columns // TURNED_TILE), -(-rows // TURNED_TILE), batch)
    _kernels(source.dtype, source.device.index, pack)["turned"](grid=grid, block=(32, 8, 1), args=numbers)
    return answer


def unpacked(numbers: Tensor, scale: Tensor, room: Tensor | None = None) -> Tensor:
    """Weights from whole numbers, (out, ...), int8, and the scale of each first index; in `room`, where it is given."""
    answer = torch.empty_like(numbers, dtype=scale.dtype) if room is None else room
    places = numbers[0].numel()  # those of a row lie together in every order that weights have
    pack = _pack(places, (numbers, answer))
    kernel = _kernels(scale.dtype, scale.device.index, pack)["unpacked"]
    kernel(grid=(len(numbers), 1, 1), block=(_threads(places, pack), 1, 1), args=[numbers, scale, answer, places])
    return answer


def _shifted(x: Tensor, shift: Tensor | None) -> tuple[Tensor, int]:
    return (x, 0) if shift is None else (shift, 1)


def _launch(
    name: str, x: Tensor, *given: Tensor | int, norm: nn.GroupNorm | None = None, has_silu: bool = True
) -> None:
    """Starts a kernel with a block for each channel of `x`. Its last arguments are numbers that all of them share."""
    batch, channels, height, width = x.shape
    places = height * width
    pack = _pack(places, [one for one in given if isinstance(one, Tensor) and one.dim() == 4])
    numbers: list[Any] = list(given)
    if name == "joined":
        numbers.insert(-1, places)
    else:
        numbers.append(places)
    if norm is not None:
        numbers += [channels, channels // norm.num_groups, int(has_silu), _bits(norm.eps)]
    kernel = _kernels(x.dtype, x.device.index, pack)[name]
    kernel(grid=(batch * channels, 1, 1), block=(_threads(places, pack), 1, 1), args=numbers)


def _bits(value: float) -> int:
    """A number's float32 as a whole number: torch 2.8 and 2.9 hand a float on as one, later ones as a double."""
    return int(struct.unpack("<i", struct.pack("<f", value))[0])


def _threads(places: int, pack: int) -> int:
    """How many threads share a row: whole warps, for all of it at once where that is possible."""
    return min(MOST_THREADS, -(-places // pack // 32) * 32)


def _pack(count: int, tensors: Iterable[Tensor]) -> int:
    """How many numbers a thread may read at once: rows of `count` have to begin where such packs do."""
    places = [tensor.data_ptr() for tensor in tensors]
    return next(size for size in PACKS if count % size == 0 and not any(place % (2 * size) for place in places))


@cache
def _checked(dtype: torch.dtype, card: int) -> bool:
    """Whether the kernels can be compiled for this card and do there what torch does."""
    if torch.version.cuda is None:
        return False
    try:
        worst = _greatest(_difference(dtype, card, pack) for pack in PACKS)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, OSError, AttributeError, ImportError) as error:
        if "out of memory" in str(error):  # the driver's own word while it loads them
            raise torch.OutOfMemoryError(str(error)) from error
        log.warning(NOT_HERE + "%s", str(error).partition("\n")[0])
        return False
    if not worst < TOLERANCE:
        log.warning(NOT_HERE + "they differ by %.3f", worst)
    return worst < TOLERANCE


@torch.no_grad()  # the first layer to ask may be one that is computed again, where autograd would count what this keeps
def _difference(dtype: torch.dtype, card: int, pack: int) -> float:
    """How far the kernels that read so many numbers at once are from torch in float32: the greatest relative error."""
    height = 8 + pack  # rows of 7 times this are read in such packs
    norm = nn.GroupNorm(4, 32, eps=0.5).to(card, dtype)  # an eps that counts
    drawn = torch.Generator().manual_seed(0)
    x, gradient = (torch.randn(2, 32, height, 7, generator=drawn).to(card, dtype) for _ in range(2))
    shift, bias = (torch.randn(2, 32, generator=drawn).to(card, dtype) for _ in range(2))
    norm.weight.data, norm.bias.data = (1 + bias[0] / 4, shift[1] / 4)
    inner, weight, shape = (x + shift[:, :, None, None]).float(), norm.weight.float(), (2, 32, height * 7, 4)
    plain, mean, inverse = torch.native_group_norm(inner, weight, norm.bias.float(), *shape, norm.eps)
    onward = torch.ops.aten.silu_backward(gradient.float(), plain)
    wanted_back = [True, False, False]
    back = torch.ops.aten.native_group_norm_backward(onward, inner, mean, inverse, weight, *shape, wanted_back)[0]
    answer, moments = normed(x, shift, norm, True)
    found = [answer, normed_backward(gradient, x, shift, moments, norm, True), joined(x, gradient, bias[0])]
    wanted = [F.silu(plain), back, x.float() + gradient.float() + bias[0].float()[:, None, None]]
    found.append(turned(x.flatten(2), gradient.view(2, -1, 32)))
    wanted.append(x.flatten(2).transpose(1, 2).float() + gradient.view(2, -1, 32).float())
    whole = torch.randint(-127, 128, (32, height * 7), generator=drawn, dtype=torch.int8).to(card)
    found.append(unpacked(whole, bias[0][:, None]))
    wanted.append(whole * bias[0][:, None].float())
    return _greatest(float((a.float() - b).norm() / b.norm()) for a, b in zip(found, wanted, strict=True))


def _greatest(values: Iterable[float]) -> float:
    """The greatest, or what is not a number, which Python's own `max` passes over."""
    return float(torch.tensor(list(values)).max())


@cache
def _kernels(dtype: torch.dtype, card: int, pack: int) -> Kernels:
    """The compiled kernels for numbers of this format, on this card.

    Raises:
        RuntimeError, OSError, AttributeError, ImportError: They cannot be compiled here.
    """
    from torch.cuda._utils import _cuda_load_module  # of torch 2.8 and later

    with torch.cuda.device(card):
        major, minor = torch.cuda.get_device_capability(card)
        loaded = _cuda_load_module(
            _compiled(f"#define PACK {pack}\n#define IS_BF16 {int(dtype == torch.bfloat16)}\n{_CODE}", major, minor),
            list(KERNELS),
        )
    found: Kernels = loaded if isinstance(loaded, dict) else {name: getattr(loaded, name) for name in KERNELS}
    return found


def _compiled(code: str, major: int, minor: int) -> bytes:
    """A program for cards of this capability, by NVRTC, which comes with torch.

    torch's own function for this wants the headers of a whole CUDA toolkit, which few computers have.

    Raises:
        RuntimeError, OSError: It cannot be compiled here.
    """
    from torch.cuda._utils import _get_nvrtc_library  # type: ignore[attr-defined,unused-ignore]

    nvrtc = _get_nvrtc_library()
    program = ctypes.c_void_p()
    options = (ctypes.c_char_p * 1)(f"--gpu-architecture=sm_{major}{minor}".encode())
    _expect_success(nvrtc.nvrtcCreateProgram(ctypes.byref(program), code.encode(), b"pictures.cu", 0, None, None))
    try:
        failed = nvrtc.nvrtcCompileProgram(program, len(options), options)
        if failed:
            size = ctypes.c_size_t()
            nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
            told = ctypes.create_string_buffer(size.value)
            nvrtc.nvrtcGetProgramLog(program, told)
            raise RuntimeError(told.value.decode(errors="replace").strip())
        size = ctypes.c_size_t()
        _expect_success(nvrtc.nvrtcGetCUBINSize(program, ctypes.byref(size)))
        made = ctypes.create_string_buffer(size.value)
        _expect_success(nvrtc.nvrtcGetCUBIN(program, made))
        return made.raw
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def _expect_success(code: int) -> None:
    if code:
        raise RuntimeError(f"NVRTC answered {code}")
