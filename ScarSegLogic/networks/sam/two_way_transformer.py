"""The two-way transformer of Segment Anything's decoder (Kirillov 2023, appendix A)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from ScarSegLogic.networks.sam.layers import FeedForward

CROSS_ATTENTION_REDUCTION = 2  # of the width within attention between tokens and image (Kirillov 2023)


class TwoWayTransformer(nn.Module):
    """Tokens and image attend to each other.

    Takes an image (P, width, g, g) with its positions (1 or P, width, g, g) and tokens (P, tokens, width); gives the
    tokens (P, tokens, width) and the image as a sequence (P, g * g, width).
    """

    def __init__(self, width: int, depth: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TwoWayBlock(width, heads, hidden, is_first=index == 0) for index in range(depth))
        self.final_attn_token_to_image = TokenAttention(width, heads, CROSS_ATTENTION_REDUCTION)
        self.norm_final_attn = nn.LayerNorm(width)

    def forward(self, image: Tensor, image_positions: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        keys = image.flatten(2).transpose(1, 2)
        key_positions = image_positions.flatten(2).transpose(1, 2)
        queries = tokens
        for layer in self.layers:
            queries, keys = layer(queries, keys, tokens, key_positions)
        attended = self.final_attn_token_to_image(queries + tokens, keys + key_positions, keys)
        return self.norm_final_attn(queries + attended), keys


class TwoWayBlock(nn.Module):
    """Tokens attend to themselves, tokens to the image, a feed-forward layer, the image to the tokens.

    The original tokens are added as positions of the queries, wherever these enter an attention.
    """

    def __init__(self, width: int, heads: int, hidden: int, *, is_first: bool) -> None:
        super().__init__()
        self.is_first = is_first  # queries are still the positions themselves
        self.self_attn = TokenAttention(width, heads, 1)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attn_token_to_image = TokenAttention(width, heads, CROSS_ATTENTION_REDUCTION)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = FeedForward(width, hidden, nn.ReLU)
        self.norm3 = nn.LayerNorm(width)
        self.norm4 = nn.LayerNorm(width)
        self.cross_attn_image_to_token = TokenAttention(width, heads, CROSS_ATTENTION_REDUCTION)

    def forward(
        self, queries: Tensor, keys: Tensor, query_positions: Tensor, key_positions: Tensor
    ) -> tuple[Tensor, Tensor]:
        if self.is_first:
            queries = self.self_attn(queries, queries, queries)
        else:
            placed = queries + query_positions
            queries = queries + self.self_attn(placed, placed, queries)
        queries = self.norm1(queries)
        placed_keys = keys + key_positions
        queries = self.norm2(queries + self.cross_attn_token_to_image(queries + query_positions, placed_keys, keys))
        queries = self.norm3(queries + self.mlp(queries))
        keys = self.norm4(keys + self.cross_attn_image_to_token(placed_keys, queries + query_positions, queries))
        return queries, keys


class TokenAttention(nn.Module):
    """Attention of (P, q, width) to (P, k, width) in ``width / reduction`` channels."""

    def __init__(self, width: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads = heads
        inner = width // reduction
        self.q_proj = nn.Linear(width, inner)
        self.k_proj = nn.Linear(width, inner)
        self.v_proj = nn.Linear(width, inner)
        self.out_proj = nn.Linear(inner, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        attended = functional.scaled_dot_product_attention(
            self._by_head(self.q_proj(query)), self._by_head(self.k_proj(key)), self._by_head(self.v_proj(value))
        )
        return self.out_proj(attended.transpose(1, 2).flatten(2))

    def _by_head(self, tokens: Tensor) -> Tensor:
        return tokens.unflatten(2, (self.heads, -1)).transpose(1, 2)
