"""A diffusers UNet's norms, convolutions and resnets while attention learns: frozen, so little of them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeGuard

import torch
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

from lora_studio.adapters import picture_kernels


def frozen_convolutions(network: nn.Module) -> Iterator[nn.Conv2d]:
    """The network's plain convolutions that learn nothing."""
    for module in network.modules():
        if _is_frozen(module):
            yield module


def _is_frozen(module: nn.Module) -> TypeGuard[nn.Conv2d]:
    if type(module) is not nn.Conv2d or module.weight.requires_grad:
        return False
    return module.padding_mode == "zeros" and not isinstance(module.padding, str)


class FusedConvolution:
    """The way of a frozen convolution: autograd would keep its input, which only its weights' gradient needs."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        """Takes over."""
        self._convolution = convolution
        convolution.forward = self.forward  # type: ignore[method-assign]

    def give_back(self) -> None:
        """Lets torch's own way answer again."""
        del self._convolution.forward

    def forward(self, input: Tensor) -> Tensor:
        """The answer to (batch, channels, height, width), (batch, out channels, out height, out width)."""
        return _convolved(self._convolution, input, self._convolution.bias)


def frozen_norms(network: nn.Module) -> Iterator[tuple[nn.GroupNorm, bool]]:
    """The network's group norms that learn nothing, and whether what follows reads their answer as rows of features."""
    into_rows = {module.norm for module in network.modules() if isinstance(module, Transformer2DModel)}
    for module in network.modules():
        if type(module) is nn.GroupNorm and module.affine and not module.weight.requires_grad:
            yield module, module in into_rows


class FusedNorm:
    """The way of a group norm on a card: all its processors take the sums, where torch gives a group to one of them."""

    def __init__(self, norm: nn.GroupNorm, into_rows: bool) -> None:
        """Takes over. With `into_rows` answers lie feature by feature (channels last), else channel by channel."""
        self._norm = norm
        self._into_rows = into_rows
        norm.forward = self.forward  # type: ignore[method-assign]

    def give_back(self) -> None:
        """Lets torch's own way answer again."""
        del self._norm.forward

    def forward(self, input: Tensor) -> Tensor:
        """The answer to (batch, channels, height, width), shaped alike."""
        is_picture = input.dim() == 4 and input.dtype == self._norm.weight.dtype
        if is_picture and picture_kernels.can_compute(input):
            answer = _normed(input, None, self._norm, has_silu=False)
            return _Turned.apply(answer) if self._into_rows else answer  # type: ignore[no-untyped-call]
        own: Tensor = nn.GroupNorm.forward(self._norm, input)
        return own


def plain_resnets(network: nn.Module) -> Iterator[ResnetBlock2D]:
    """The network's resnets as Stable Diffusion has them: two norms, two convolutions, the time added between."""
    for module in network.modules():
        if type(module) is ResnetBlock2D and _is_plain(module):
            yield module


def _is_plain(resnet: ResnetBlock2D) -> bool:
    return (
        resnet.time_embedding_norm == "default"
        and resnet.time_emb_proj is not None
        and not resnet.skip_time_act
        and resnet.upsample is None
        and resnet.downsample is None
        and resnet.dropout.p == 0
        and resnet.output_scale_factor == 1
        and isinstance(resnet.nonlinearity, nn.SiLU)
        and {resnet.norm1, resnet.norm2} <= {norm for norm, _ in frozen_norms(resnet)}
    )


class FusedResnet:
    """The way of a plain resnet: norm and SiLU in one, the time and biases added along with what is done anyway.

    Of each norm autograd keeps the input alone.
    """

    def __init__(self, resnet: ResnetBlock2D) -> None:
        """Takes over."""
        self._resnet = resnet
        resnet.forward = self.forward

    def give_back(self) -> None:
        """Lets diffusers' own way answer again."""
        del self._resnet.forward

    def forward(self, input_tensor: Tensor, temb: Tensor) -> Tensor:
        """The answer to (batch, channels, height, width) and the time's embedding, (batch, features)."""
        resnet: Any = self._resnet
        x = input_tensor
        # On a processor this is only tried out; a card without the kernels is faster with torch's own layers.
        if x.dtype != resnet.norm1.weight.dtype or (x.is_cuda and not picture_kernels.can_compute(x)):
            own: Tensor = type(resnet).forward(resnet, x, temb)
            return own
        hidden, bias = _without_bias(resnet.conv1, _normed(x, None, resnet.norm1))
        time = resnet.time_emb_proj(resnet.nonlinearity(temb))
        shift = (time if bias is None else time + bias).to(hidden.dtype)
        hidden, bias = _without_bias(resnet.conv2, _normed(hidden, shift, resnet.norm2))
        if resnet.conv_shortcut is not None:
            x = resnet.conv_shortcut(x)
        if bias is None:
            return x + hidden
        answer: Tensor = _Joined.apply(x, hidden, bias)  # type: ignore[no-untyped-call]
        return answer


def plain_transformers(network: nn.Module) -> Iterator[Transformer2DModel]:
    """The network's transformers that read and answer pictures, and end in what makes rows of features."""
    for module in network.modules():
        if isinstance(module, Transformer2DModel) and module.is_input_continuous and _ends_in_rows(module):
            yield module


def _ends_in_rows(transformer: Transformer2DModel) -> bool:
    out = transformer.proj_out
    return transformer.use_linear_projection or (_is_frozen(out) and out.kernel_size == (1, 1))


class FusedTransformer:
    """The end of a transformer: its rows are turned into a picture and added to the one that came in, all in one."""

    def __init__(self, transformer: Transformer2DModel) -> None:
        """Takes over."""
        self._transformer = transformer
        transformer._get_output_for_continuous_inputs = self._finish

    def give_back(self) -> None:
        """Lets diffusers' own way answer again."""
        del self._transformer._get_output_for_continuous_inputs

    def _finish(
        self, hidden_states: Tensor, residual: Tensor, batch_size: int, height: int, width: int, inner_dim: int
    ) -> Tensor:
        out = self._transformer.proj_out
        if self._transformer.use_linear_projection:
            rows = out(hidden_states)
        else:
            rows = F.linear(hidden_states, out.weight.flatten(1), out.bias)
        answer: Tensor = _AddedRows.apply(residual, rows)  # type: ignore[no-untyped-call]
        return answer


def _without_bias(convolution: nn.Module, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """A convolution's answer, and the bias that is still to be added to it, (channels,)."""
    if _is_frozen(convolution):
        return _convolved(convolution, x, None), convolution.bias
    return convolution(x), None


def _convolved(convolution: nn.Conv2d, x: Tensor, bias: Tensor | None) -> Tensor:
    answer: Tensor = _FrozenConvolution.apply(x, convolution, bias)  # type: ignore[no-untyped-call]
    return answer


def _normed(x: Tensor, shift: Tensor | None, norm: nn.GroupNorm, has_silu: bool = True) -> Tensor:
    answer: Tensor = _Normed.apply(x, shift, norm, has_silu)  # type: ignore[no-untyped-call]
    return answer


class _FrozenConvolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, convolution: nn.Conv2d, bias: Tensor | None) -> Tensor:
        own = convolution
        ctx.convolution, ctx.shape = own, x.shape
        return F.conv2d(x, own.weight, bias, own.stride, own.padding, own.dilation, own.groups)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        own = ctx.convolution
        back: Tensor = conv2d_input(  # type: ignore[no-untyped-call]
            ctx.shape, own.weight, gradient, own.stride, own.padding, own.dilation, own.groups
        )
        return back, None, None


class _Normed(torch.autograd.Function):
    """A group norm of each channel plus its shift, and the SiLU of that. Source: Wu and He 2018, arXiv:1803.08494."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, shift: Tensor | None, norm: nn.GroupNorm, has_silu: bool) -> Tensor:
        ctx.norm, ctx.has_silu = norm, has_silu
        x = by_channel(x)
        if picture_kernels.can_compute(x):
            answer, moments = picture_kernels.normed(x, shift, norm, has_silu)
        else:  # of a resnet on a processor
            answer, moments = F.silu(_plain_norm(x, shift, norm)[0]), None
        ctx.save_for_backward(x, shift, moments)
        return answer

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, None, None]:
        x, shift, moments = ctx.saved_tensors
        if moments is not None:
            back = picture_kernels.normed_backward(by_channel(gradient), x, shift, moments, ctx.norm, ctx.has_silu)
        else:
            answer, mean, inverse, inner = _plain_norm(x, shift, ctx.norm)
            onward = torch.ops.aten.silu_backward(gradient, answer)
            back = torch.ops.aten.native_group_norm_backward(
                onward.contiguous(), inner, mean, inverse, ctx.norm.weight, x.shape[0], x.shape[1], x[0, 0].numel(),
                ctx.norm.num_groups, [True, False, False],
            )[0]  # fmt: skip
        # SDXL's time takes the caption's sum along, through which a text encoder learns.
        return back, back.sum((2, 3)) if ctx.needs_input_grad[1] else None, None, None


def _plain_norm(x: Tensor, shift: Tensor | None, norm: nn.GroupNorm) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The norm's answer, mean and inverse deviation of each group, and what was normed."""
    inner = x if shift is None else x + shift[:, :, None, None]
    answer, mean, inverse = torch.native_group_norm(
        inner, norm.weight, norm.bias, x.shape[0], x.shape[1], x[0, 0].numel(), norm.num_groups, norm.eps
    )
    return answer, mean, inverse, inner


class _Joined(torch.autograd.Function):
    """Two pictures and a bias, added up."""

    @staticmethod
    def forward(ctx: Any, first: Tensor, second: Tensor, bias: Tensor) -> Tensor:
        if not picture_kernels.can_compute(first) or second.dtype != first.dtype:
            return first + second + bias[:, None, None]
        first = by_channel(first)
        if second.is_contiguous():
            return picture_kernels.joined(first, second, bias)
        return picture_kernels.turned(_in_rows(second), first.flatten(2), bias).view_as(first)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        return gradient, gradient, None


class _Turned(torch.autograd.Function):
    """The same picture, laid out feature by feature (channels last)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        return picture_kernels.turned(x.flatten(2)).view(batch, height, width, channels).permute(0, 3, 1, 2)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return by_channel(gradient)


class _AddedRows(torch.autograd.Function):
    """A picture, (batch, channels, height, width), plus rows of features for its places, (batch, places, channels)."""

    @staticmethod
    def forward(ctx: Any, picture: Tensor, rows: Tensor) -> Tensor:
        if picture_kernels.can_compute(picture) and rows.dtype == picture.dtype:
            picture = by_channel(picture)
            return picture_kernels.turned(rows.contiguous(), picture.flatten(2)).view_as(picture)
        return picture + rows.transpose(1, 2).reshape(picture.shape)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        return gradient, _in_rows(gradient)


def by_channel(x: Tensor) -> Tensor:
    """The picture, (batch, channels, height, width), laid out so."""
    if x.is_contiguous() or not picture_kernels.can_compute(x):
        return x.contiguous()
    return picture_kernels.turned(_in_rows(x)).view(x.shape)


def _in_rows(x: Tensor) -> Tensor:
    """A picture as rows of features, (batch, places, channels), laid out so."""
    if x.is_contiguous() and picture_kernels.can_compute(x):
        return picture_kernels.turned(x.flatten(2))
    return x.permute(0, 2, 3, 1).contiguous().flatten(1, 2)
